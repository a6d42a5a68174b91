#include "dashboard/assets.hpp"

#include <fstream>
#include <iterator>
#include <sstream>

#include "dashboard/secret_text.hpp"

namespace stratdock::dashboard {

namespace {

std::optional<std::string> read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

std::string type_of(const std::filesystem::path& path) {
  static const std::map<std::string, std::string> types{
      {".html", "text/html; charset=utf-8"}, {".css", "text/css; charset=utf-8"}, {".js", "text/javascript; charset=utf-8"},
      {".mjs", "text/javascript; charset=utf-8"}, {".json", "application/json"}, {".svg", "image/svg+xml"},
      {".png", "image/png"}, {".woff2", "font/woff2"}, {".txt", "text/plain; charset=utf-8"}};
  const auto type = types.find(path.extension().string());
  return type == types.end() ? "application/octet-stream" : type->second;
}

std::string with_charset(const std::string& type) {
  return type.rfind("text/", 0) == 0 && type.find("charset") == std::string::npos ? type + "; charset=utf-8" : type;
}

struct ManifestLine { std::string content_type, file; };

// Read on each request: a file that was added is there at once.
std::optional<ManifestLine> manifest_line(const std::filesystem::path& root, const std::string& wanted) {
  std::ifstream manifest(root / "manifest.tsv");
  for (std::string line; std::getline(manifest, line);) {
    std::istringstream fields(line);
    std::string path;
    ManifestLine found;
    if (std::getline(fields, path, '\t') && std::getline(fields, found.content_type, '\t') && std::getline(fields, found.file, '\t') && path == wanted)
      return found;
  }
  return std::nullopt;
}

// Without a manifest: a plain name below the folder, no part of it hidden or leading out.
bool is_plain_name(const std::string& path) {
  if (path.empty() || path.front() == '/' || path.find("//") != std::string::npos) return false;
  for (const char c : path)
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '.' && c != '_' && c != '-' && c != '/') return false;
  return path.front() != '.' && path.find("/.") == std::string::npos;
}

}  // namespace

Result<Assets> Assets::open(const std::filesystem::path& web_root) {
  Assets assets;
  assets.web_root_ = web_root;
  if (!web_root.empty()) {
    assets.version_ = "dev";
    if (!std::filesystem::exists(web_root / "index.html") && !manifest_line(web_root, "index.html"))
      return failure("opening the web folder " + web_root.string() + ": it has no index.html", "give --web-root the folder dashboard/web or what its build_assets.mjs made");
    return assets;
  }
  assets.version_ = embedded_assets_version;
  for (unsigned i = 0; i < embedded_asset_count; ++i) {
    const EmbeddedAsset& file = embedded_assets[i];
    Asset asset{with_charset(file.content_type), "\"" + std::string(file.etag) + "\"", {file.plain, file.plain_end}, {file.gzip, file.gzip_end}};
    if (std::string_view(file.path) == "index.html") {
      const std::string mark = "{{assets}}";
      for (size_t at = 0; (at = asset.plain.find(mark, at)) != std::string::npos;) asset.plain.replace(at, mark.size(), "/assets/" + assets.version_);
      asset.gzip.clear();
      asset.etag = "\"" + sha256_hex(asset.plain).substr(0, 16) + "\"";
    }
    assets.assets_.emplace(file.path, std::move(asset));
  }
  return assets;
}

std::optional<Asset> Assets::find(const std::string& path) const {
  if (web_root_.empty()) {
    const auto found = assets_.find(path);
    return found == assets_.end() ? std::nullopt : std::optional(found->second);
  }
  const auto listed = manifest_line(web_root_, path);
  if (!listed && !is_plain_name(path)) return std::nullopt;
  const std::filesystem::path file = web_root_ / (listed ? listed->file : path);
  auto bytes = read_file(file);
  if (!bytes) return std::nullopt;
  if (path == "index.html") {
    const std::string mark = "{{assets}}";
    for (size_t at = 0; (at = bytes->find(mark, at)) != std::string::npos;) bytes->replace(at, mark.size(), "/assets/dev");
  }
  const std::string etag = "\"" + sha256_hex(*bytes).substr(0, 16) + "\"";
  return Asset{with_charset(listed ? listed->content_type : type_of(file)), etag, std::move(*bytes), {}};
}

}  // namespace stratdock::dashboard
