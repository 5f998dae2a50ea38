// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// The two files of a copy. All failures are UsageErrors with a sentence.

#ifndef SGDMA_TB_CLI_FILES_H_
#define SGDMA_TB_CLI_FILES_H_

#include <cstdint>
#include <span>
#include <string>

namespace tb::cli {

class InputFile {
 public:
  explicit InputFile(const std::string& path);
  ~InputFile();
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  uint64_t size() const { return size_; }
  const std::string& path() const { return path_; }
  // All of out.size() bytes at `offset`, or an error: the file must not shrink meanwhile.
  void Read(uint64_t offset, std::span<uint8_t> out) const;
  bool IsSameAs(const std::string& path) const;

 private:
  std::string path_;
  int fd_ = -1;
  uint64_t size_ = 0;
};

// Writes beside `path` and takes its place in Commit(); until then, and for ever when Commit() is
// not called, `path` is as it was before.
class OutputFile {
 public:
  // Refuses at once what can not succeed: a directory, a device, a folder that is missing or not
  // writable, the input.
  OutputFile(const std::string& path, const InputFile& input);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  void Write(uint64_t offset, std::span<const uint8_t> data);
  // Offset of the first byte that differs from the input; its size when none does.
  uint64_t Compare(const InputFile& input) const;
  void Commit();

 private:
  [[noreturn]] void Fail(const std::string& what) const;

  std::string path_;       // with symbolic links followed
  std::string temporary_;  // "" once it is gone
  int fd_ = -1;
  uint32_t mode_ = 0;
};

}  // namespace tb::cli

#endif  // SGDMA_TB_CLI_FILES_H_
