// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include "cli/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <vector>

#include "cli/errors.h"

namespace tb::cli {
namespace {

constexpr size_t kBlock = 1 << 20;

std::string Reason() { return std::strerror(errno); }

}  // namespace

InputFile::InputFile(const std::string& path) : path_(path) {
  // Not blocking: a named pipe without a writer is refused below, not waited for.
  fd_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd_ < 0) {
    throw UsageError(fmt::format("Cannot read '{}' ({}): name a file that exists and is readable.",
                                 path, Reason()));
  }
  struct stat status {};
  const bool regular = ::fstat(fd_, &status) == 0 && S_ISREG(status.st_mode);
  if (!regular) {
    ::close(fd_);
    throw UsageError(fmt::format("'{}' is {}: name a regular file.", path,
                                 S_ISDIR(status.st_mode) ? "a directory" : "no regular file"));
  }
  size_ = static_cast<uint64_t>(status.st_size);
}

InputFile::~InputFile() { ::close(fd_); }

void InputFile::Read(uint64_t offset, std::span<uint8_t> out) const {
  while (!out.empty()) {
    const ssize_t got = ::pread(fd_, out.data(), out.size(), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw UsageError(fmt::format("Cannot read '{}' ({}).", path_, Reason()));
    if (got == 0)
      throw UsageError(fmt::format("'{}' became shorter: leave it alone and try again.", path_));
    out = out.subspan(static_cast<size_t>(got));
    offset += static_cast<uint64_t>(got);
  }
}

bool InputFile::IsSameAs(const std::string& path) const {
  struct stat mine {};
  struct stat other {};
  return ::fstat(fd_, &mine) == 0 && ::stat(path.c_str(), &other) == 0 &&
         mine.st_dev == other.st_dev && mine.st_ino == other.st_ino;
}

void OutputFile::Fail(const std::string& what) const {
  throw UsageError(
      fmt::format("{} '{}' ({}): choose another place for the output.", what, path_, Reason()));
}

OutputFile::OutputFile(const std::string& path, const InputFile& input) : path_(path) {
  if (path.empty()) throw UsageError("The output has no name: give one.");
  if (input.IsSameAs(path)) {
    throw UsageError(
        fmt::format("'{}' is the input itself: name another file for the output.", path));
  }
  struct stat status {};
  const bool exists = ::stat(path.c_str(), &status) == 0;
  if (exists && !S_ISREG(status.st_mode)) {
    throw UsageError(fmt::format("'{}' is {}: name a regular file for the output.", path,
                                 S_ISDIR(status.st_mode) ? "a directory" : "no regular file"));
  }
  std::error_code error;
  if (exists) path_ = std::filesystem::canonical(path, error).string();
  if (exists && ::access(path_.c_str(), W_OK) != 0) Fail("Cannot write");
  if (exists) {
    mode_ = status.st_mode & 07777;
  } else {
    const mode_t mask = ::umask(0);
    ::umask(mask);
    mode_ = 0666 & ~mask;
  }

  temporary_ = path_ + ".sgdma-XXXXXX";
  fd_ = ::mkostemp(temporary_.data(), O_CLOEXEC);
  if (fd_ < 0) {
    temporary_.clear();
    Fail("Cannot write");
  }
}

OutputFile::~OutputFile() {
  if (fd_ >= 0) ::close(fd_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void OutputFile::Write(uint64_t offset, std::span<const uint8_t> data) {
  while (!data.empty()) {
    const ssize_t put = ::pwrite(fd_, data.data(), data.size(), static_cast<off_t>(offset));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) Fail("Cannot write");
    data = data.subspan(static_cast<size_t>(put));
    offset += static_cast<uint64_t>(put);
  }
}

uint64_t OutputFile::Compare(const InputFile& input) const {
  std::vector<uint8_t> expected(kBlock);
  std::vector<uint8_t> actual(kBlock);
  for (uint64_t at = 0; at < input.size(); at += kBlock) {
    const size_t bytes = std::min<uint64_t>(kBlock, input.size() - at);
    input.Read(at, {expected.data(), bytes});
    size_t have = 0;
    while (have < bytes) {
      const ssize_t got =
          ::pread(fd_, actual.data() + have, bytes - have, static_cast<off_t>(at + have));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) Fail("Cannot read back");
      if (got == 0) break;
      have += static_cast<size_t>(got);
    }
    const auto differs = std::mismatch(
        expected.begin(), expected.begin() + static_cast<ptrdiff_t>(have), actual.begin());
    const auto equal = static_cast<size_t>(differs.first - expected.begin());
    if (equal < bytes) return at + equal;
  }
  return input.size();
}

void OutputFile::Commit() {
  if (::fchmod(fd_, mode_) != 0 || ::fsync(fd_) != 0 ||
      ::rename(temporary_.c_str(), path_.c_str()) != 0) {
    Fail("Cannot write");
  }
  temporary_.clear();
}

}  // namespace tb::cli
