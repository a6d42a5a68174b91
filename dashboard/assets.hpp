// The page's files: inside the program, or read from a folder while developing.
// Owns: their bytes. Thread rule: immutable once made; any thread. Invariant: a path is looked up exactly as sent, so no
// request reaches the file system with a name of its own choosing (in a development folder: only names its manifest lists).
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace stratdock::dashboard {

struct Asset {
  std::string content_type, etag;
  std::string plain, gzip;  // gzip empty: not worth it
};

class Assets {
public:
  // `web_root` as build_assets.mjs leaves it (with manifest.tsv), or a folder of files; empty: the embedded ones.
  static Result<Assets> open(const std::filesystem::path& web_root);
  // By url path, "js/app.js".
  std::optional<Asset> find(const std::string& path) const;
  const std::string& version() const { return version_; }

private:
  std::map<std::string, Asset> assets_;
  std::filesystem::path web_root_;
  std::string version_;
};

// The generated table (see cmake/EmbedAssets.cmake).
struct EmbeddedAsset {
  const char *path, *content_type, *etag;
  const unsigned char *plain, *plain_end, *gzip, *gzip_end;
};
extern const EmbeddedAsset embedded_assets[];
extern const unsigned embedded_asset_count;
extern const char* const embedded_assets_version;

}  // namespace stratdock::dashboard
