#include "host/store/journal_reads.hpp"
#include "host/store/reader_connection.hpp"

namespace stratdock::store {
namespace {

class ReadOnlyJournal final : public JournalReads<JournalReader> {
public:
  explicit ReadOnlyJournal(ReaderConnection connection) : connection_(std::move(connection)) {}
  Status take_failure() override { return std::exchange(failure_, Status{}); }

private:
  Result<Database*> database() override { return connection_.database(); }
  void read_failed(const Error& error) override {
    connection_.note_failure();
    if (failure_) failure_ = tl::unexpected<Error>(error);
  }
  ReaderConnection connection_;
  Status failure_;
};

}  // namespace

Result<std::unique_ptr<JournalReader>> open_journal_reader(const std::string& folder) {
  Result<ReaderConnection> connection = ReaderConnection::open(journal_path(folder), journal_schema());
  if (!connection) return tl::unexpected<Error>(connection.error());
  return std::make_unique<ReadOnlyJournal>(std::move(*connection));
}

}  // namespace stratdock::store
