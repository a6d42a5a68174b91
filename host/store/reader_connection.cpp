#include "host/store/reader_connection.hpp"

namespace stratdock::store {

constexpr int reader_busy_timeout_ms = 2'000;

Result<ReaderConnection> ReaderConnection::open(const std::string& path, const Schema& schema) {
  ReaderConnection connection(path, schema);
  if (Status opened = connection.reopen(); !opened) return tl::unexpected<Error>(opened.error());
  return connection;
}

Status ReaderConnection::reopen() {
  database_.reset();
  // Before opening: should the file be replaced in between, the next call sees another identity and opens again.
  identity_ = file_identity(path_);
  if (identity_ == FileIdentity{}) {
    return failure("opening " + path_ + ": there is no such file; no engine has run here yet",
                   "start one with `stratdock run`, or name the right data folder");
  }
  Result<std::unique_ptr<Database>> opened = Database::open(path_, Access::read_only, reader_busy_timeout_ms);
  if (!opened) return tl::unexpected<Error>(opened.error());
  if (Status right = require_schema(**opened, *schema_); !right) return right;
  database_ = std::move(*opened);
  failed_ = false;
  return {};
}

Result<Database*> ReaderConnection::database() {
  if (database_ == nullptr || failed_ || file_identity(path_) != identity_) {
    if (Status opened = reopen(); !opened) return tl::unexpected<Error>(opened.error());
  }
  return database_.get();
}

}  // namespace stratdock::store
