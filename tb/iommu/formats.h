// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Numbers of the RISC-V IOMMU specification 1.0 that this project uses (first stage, base-format
// device context): register offsets, bits of the structures in memory, fault causes. Shared by the
// translator and by the driver in hal/, never by the reference translator of the tests, which has
// its own.

#ifndef SGDMA_TB_IOMMU_FORMATS_H_
#define SGDMA_TB_IOMMU_FORMATS_H_

#include <cstdint>

namespace tb::iommu {

constexpr uint64_t Bit(unsigned n) { return uint64_t{1} << n; }

// Bits hi..lo set.
constexpr uint64_t Mask(unsigned hi, unsigned lo) { return (~uint64_t{0} >> (63 - hi + lo)) << lo; }

constexpr uint64_t Field(uint64_t word, unsigned hi, unsigned lo) {
  return (word & Mask(hi, lo)) >> lo;
}

inline constexpr unsigned kPageShift = 12;
inline constexpr uint64_t kPageBytes = uint64_t{1} << kPageShift;
inline constexpr uint64_t kPpnMask = Mask(43, 0);  // a PPN once it has been shifted to bit 0

// PPN field of ddtp, cqb, fqb, directory entries and page-table entries (53:10) <-> byte address.
constexpr uint64_t PpnFieldToAddress(uint64_t word) { return Field(word, 53, 10) << kPageShift; }
constexpr uint64_t AddressToPpnField(uint64_t address) {
  return ((address >> kPageShift) & kPpnMask) << 10;
}

// ---- Registers
// -----------------------------------------------------------------------------------------------
enum Register : uint32_t {
  kCapabilities = 0,
  kFctl = 8,
  kDdtp = 16,
  kCqb = 24,
  kCqh = 32,
  kCqt = 36,
  kFqb = 40,
  kFqh = 48,
  kFqt = 52,
  kCqcsr = 72,
  kFqcsr = 76,
  kIpsr = 84,
  kTrReqIova = 600,
  kTrReqCtl = 608,
  kTrResponse = 616,
  kIcvec = 760,
};

inline constexpr uint64_t kCapVersion = 0x10;
inline constexpr uint64_t kCapSv39 = Bit(9);
inline constexpr uint64_t kCapSv48 = Bit(10);
inline constexpr uint64_t kCapAmoHwad = Bit(24);
inline constexpr uint64_t kCapIgsWired = uint64_t{1} << 28;
inline constexpr uint64_t kCapDbg = Bit(31);
inline constexpr unsigned kCapPasShift = 32;

inline constexpr uint64_t kFctlWsi = Bit(1);

enum class DirectoryMode : uint8_t { kOff = 0, kBare = 1, k1Level = 2, k2Level = 3, k3Level = 4 };
inline constexpr uint64_t kDdtpBusy = Bit(4);

inline constexpr uint64_t kCsrEnable = Bit(0);  // cqcsr and fqcsr share these
inline constexpr uint64_t kCsrInterruptEnable = Bit(1);
inline constexpr uint64_t kCsrMemoryFault = Bit(8);
inline constexpr uint64_t kCsrOn = Bit(16);
inline constexpr uint64_t kCsrBusy = Bit(17);
inline constexpr uint64_t kCqcsrTimeout = Bit(9);
inline constexpr uint64_t kCqcsrIllegal = Bit(10);
inline constexpr uint64_t kCqcsrFenceDone = Bit(11);
inline constexpr uint64_t kFqcsrOverflow = Bit(9);

inline constexpr uint32_t kIpsrCommand = 1u << 0;
inline constexpr uint32_t kIpsrFault = 1u << 1;

inline constexpr uint64_t kTrGo = Bit(0);
inline constexpr uint64_t kTrReadOnly = Bit(3);
inline constexpr uint64_t kTrProcessValid = Bit(32);

// ---- Device directory
// ----------------------------------------------------------------------------------------
inline constexpr uint64_t kDirectoryValid = Bit(0);

inline constexpr unsigned kContextBytes = 32;  // tc, iohgatp, ta, fsc
inline constexpr uint64_t kTcValid = Bit(0);
inline constexpr uint64_t kTcEnAts = Bit(1);
inline constexpr uint64_t kTcEnPri = Bit(2);
inline constexpr uint64_t kTcT2gpa = Bit(3);
inline constexpr uint64_t kTcDtf = Bit(4);
inline constexpr uint64_t kTcPdtv = Bit(5);
inline constexpr uint64_t kTcPrpr = Bit(6);
inline constexpr uint64_t kTcGade = Bit(7);
inline constexpr uint64_t kTcSade = Bit(8);
inline constexpr uint64_t kTcDpe = Bit(9);
inline constexpr uint64_t kTcSbe = Bit(10);
inline constexpr uint64_t kTcSxl = Bit(11);

enum class FirstStageMode : uint8_t { kBare = 0, kSv39 = 8, kSv48 = 9 };

// ---- Page-table entry
// ----------------------------------------------------------------------------------------
inline constexpr uint64_t kPteValid = Bit(0);
inline constexpr uint64_t kPteRead = Bit(1);
inline constexpr uint64_t kPteWrite = Bit(2);
inline constexpr uint64_t kPteExecute = Bit(3);
inline constexpr uint64_t kPteUser = Bit(4);
inline constexpr uint64_t kPteGlobal = Bit(5);
inline constexpr uint64_t kPteAccessed = Bit(6);
inline constexpr uint64_t kPteDirty = Bit(7);
inline constexpr uint64_t kPteReserved = Mask(60, 54);
inline constexpr uint64_t kPtePbmt = Mask(62, 61);
inline constexpr uint64_t kPteNapot = Bit(63);

// ---- Commands
// ------------------------------------------------------------------------------------------------
struct Command {
  uint64_t word[2] = {0, 0};
};
inline constexpr unsigned kCommandBytes = 16;

inline constexpr uint64_t kOpIotinval = 1;
inline constexpr uint64_t kOpIofence = 2;
inline constexpr uint64_t kOpIodir = 3;

inline constexpr uint64_t kIotinvalAv = Bit(10);
inline constexpr uint64_t kIotinvalPscv = Bit(32);
inline constexpr uint64_t kIotinvalGv = Bit(33);
inline constexpr uint64_t kIofenceAv = Bit(10);
inline constexpr uint64_t kIofenceWsi = Bit(11);
inline constexpr uint64_t kIofencePr = Bit(12);
inline constexpr uint64_t kIofencePw = Bit(13);
inline constexpr uint64_t kIodirDv = Bit(33);

// ---- Faults
// --------------------------------------------------------------------------------------------------
enum class Cause : uint16_t {
  kNone = 0,  // no fault (the specification's cause 0 cannot happen here)
  kReadAccess = 5,
  kWriteAccess = 7,
  kReadPage = 13,
  kWritePage = 15,
  kAllDisallowed = 256,
  kDirectoryAccess = 257,
  kDirectoryInvalid = 258,
  kDirectoryMisconfigured = 259,
  kTypeDisallowed = 260,
  kDirectoryCorruption = 268,
  kInternal = 272,
  kTableCorruption = 274,
};

inline constexpr unsigned kFaultBytes = 32;
enum class TransactionType : uint8_t { kRead = 2, kWrite = 3 };

struct FaultRecord {
  uint64_t word[4] = {0, 0, 0, 0};

  Cause cause() const { return static_cast<Cause>(Field(word[0], 11, 0)); }
  TransactionType type() const { return static_cast<TransactionType>(Field(word[0], 39, 34)); }
  uint32_t device_id() const { return static_cast<uint32_t>(Field(word[0], 63, 40)); }
  uint64_t iova() const { return word[2]; }
};

}  // namespace tb::iommu

#endif  // SGDMA_TB_IOMMU_FORMATS_H_
