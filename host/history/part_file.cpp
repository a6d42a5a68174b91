#include "host/history/part_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

namespace stratdock::history {
namespace {

std::filesystem::path beside(const std::filesystem::path& file, const char* ending) {
  std::filesystem::path other = file;
  other += ending;
  return other;
}

std::string first_line(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  return line;
}

// The length up to the end of the last whole line.
int64_t whole_lines(int descriptor, int64_t length) {
  std::array<char, 4096> block{};
  while (length > 0) {
    const int64_t from = std::max<int64_t>(0, length - static_cast<int64_t>(block.size()));
    const ssize_t got = ::pread(descriptor, block.data(), static_cast<size_t>(length - from), from);
    if (got <= 0) return 0;
    for (ssize_t i = got; i > 0; --i)
      if (block[static_cast<size_t>(i - 1)] == '\n') return from + i;
    length = from;
  }
  return 0;
}

bool is_same_file(int descriptor, const std::filesystem::path& path) {
  struct stat open_file {}, named {};
  return ::fstat(descriptor, &open_file) == 0 && ::stat(path.c_str(), &named) == 0 && open_file.st_ino == named.st_ino && open_file.st_dev == named.st_dev;
}

}  // namespace

PartFile::PartFile(std::filesystem::path file, int descriptor, int64_t interval_ms)
    : file_(std::move(file)), part_(beside(file_, ".part")), note_(beside(file_, ".part.note")), descriptor_(descriptor), interval_ms_(interval_ms) {}

PartFile::PartFile(PartFile&& other) noexcept
    : file_(std::move(other.file_)), part_(std::move(other.part_)), note_(std::move(other.note_)), descriptor_(std::exchange(other.descriptor_, -1)),
      interval_ms_(other.interval_ms_), rows_(other.rows_), last_open_ms_(other.last_open_ms_), size_(other.size_) {}

PartFile::~PartFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Status PartFile::fault(const std::string& doing, int code) const {
  std::string hint = "check the folder and its rights";
  if (code == ENOSPC || code == EDQUOT || code == EFBIG) hint = "make room and start again: it goes on where it ended";
  return failure(doing + " " + part_.string() + ": " + std::strerror(code), hint);
}

Result<PartFile> PartFile::open(const std::filesystem::path& file, const std::string& request, int64_t interval_ms, const std::function<void(const std::string&)>& notice) {
  const std::filesystem::path part = beside(file, ".part");
  const int descriptor = ::open(part.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor < 0) return failure("making " + part.string() + ": " + std::strerror(errno), "check the folder and its rights");
  PartFile opened(file, descriptor, interval_ms);
  // A process that has just finished made the file we opened the finished one.
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0 || !is_same_file(descriptor, part))
    return failure("writing " + part.string() + ": another process is fetching into it", "wait for it, or name another file");
  if (Status taken = opened.take_over(request, notice); !taken) return tl::unexpected(taken.error());
  return opened;
}

Status PartFile::take_over(const std::string& request, const std::function<void(const std::string&)>& notice) {
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0) return fault("reading", errno);
  if (status.st_size > 0 && first_line(note_) == request) {
    size_ = whole_lines(descriptor_, status.st_size);
    if (::ftruncate(descriptor_, size_) != 0) return fault("shortening", errno);
    const auto candles = load_candle_file(part_, interval_ms_);
    if (candles) {
      rows_ = static_cast<int64_t>(candles->size());
      if (rows_ > 0) last_open_ms_ = candles->open_time_ms().back();
      return {};
    }
    notice("begins again: " + candles.error().message);
  } else if (status.st_size > 0) {
    notice("begins again: " + part_.string() + " was left by another fetch");
  }
  if (Status cleared = clear(); !cleared) return cleared;
  std::ofstream note(note_, std::ios::trunc);
  note << request << "\n";
  note.close();
  if (!note) return fault("writing the note beside", errno);
  return {};
}

Status PartFile::clear() {
  if (::ftruncate(descriptor_, 0) != 0) return fault("emptying", errno);
  rows_ = size_ = 0;
  return {};
}

Status PartFile::write(const char* bytes, size_t length) {
  for (size_t done = 0; done < length;) {
    const ssize_t put = ::pwrite(descriptor_, bytes + done, length - done, size_ + static_cast<int64_t>(done));
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) {
      const int code = put == 0 ? ENOSPC : errno;
      // What is there of these rows would only be cut off at the next start.
      if (::ftruncate(descriptor_, size_) != 0) return fault("shortening", errno);
      return fault("writing", code);
    }
    done += static_cast<size_t>(put);
  }
  size_ += static_cast<int64_t>(length);
  return {};
}

Status PartFile::append(const KlineRows& rows) {
  if (rows.empty()) return {};
  if (rows_ > 0 && rows.front().open_time_ms <= last_open_ms_)
    return failure("writing " + part_.string() + ": a candle came that is not later than the last one", "this is a fault of this program; --source rest may do without it");
  std::string text;
  for (const KlineRow& row : rows) text += row.text + '\n';
  if (Status written = write(text.data(), text.size()); !written) return written;
  rows_ += static_cast<int64_t>(rows.size());
  last_open_ms_ = rows.back().open_time_ms;
  return {};
}

Status PartFile::append_file(const std::filesystem::path& other, const CandleSeries& candles) {
  if (candles.empty()) return {};
  std::ifstream in(other, std::ios::binary);
  std::string block(1024 * 1024, '\0');
  char last = '\n';
  while (in) {
    in.read(block.data(), static_cast<std::streamsize>(block.size()));
    const auto got = static_cast<size_t>(in.gcount());
    if (got == 0) break;
    last = block[got - 1];
    if (Status written = write(block.data(), got); !written) return written;
  }
  if (!in.eof()) return failure("copying " + other.string() + ": it cannot be read");
  if (last != '\n')
    if (Status written = write("\n", 1); !written) return written;
  rows_ += static_cast<int64_t>(candles.size());
  last_open_ms_ = candles.open_time_ms().back();
  return {};
}

Result<CandleSeries> PartFile::finish(CandleFileReport& report) {
  auto candles = load_candle_file(part_, interval_ms_, &report);
  if (!candles) return candles;
  const auto fail = [&](const char* doing) {
    const Status status = fault(doing, errno);
    return tl::unexpected(status.error());
  };
  if (::fsync(descriptor_) != 0) return fail("bringing to the disk");
  if (::rename(part_.c_str(), file_.c_str()) != 0) return fail("renaming");
  const std::filesystem::path folder = file_.parent_path().empty() ? "." : file_.parent_path();
  const int folder_descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool is_kept = folder_descriptor >= 0 && ::fsync(folder_descriptor) == 0;
  if (folder_descriptor >= 0) ::close(folder_descriptor);
  if (!is_kept) return fail("bringing to the disk the folder of");
  ::unlink(note_.c_str());
  return candles;
}

void PartFile::discard() {
  ::unlink(part_.c_str());
  ::unlink(note_.c_str());
}

}  // namespace stratdock::history
