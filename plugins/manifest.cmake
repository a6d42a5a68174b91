# Writes FOLDER/manifest.sha256, as sha256sum does: the hash and the name of each of the plugins NAMES.
set(lines "")
foreach(name IN LISTS NAMES)
  file(SHA256 "${FOLDER}/${name}.so" hash)
  string(APPEND lines "${hash}  ${name}.so\n")
endforeach()
file(WRITE "${FOLDER}/manifest.sha256" "${lines}")
