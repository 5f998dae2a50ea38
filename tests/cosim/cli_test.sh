#!/usr/bin/env bash
# SPDX-FileCopyrightText: sgdma contributors
# SPDX-License-Identifier: Apache-2.0
#
# cli_test.sh <sgdma> <name>: runs the function test_<name> below on the program. Status 1 with a sentence on failure.
set -euo pipefail

sgdma=$(realpath "$1")
work=$(mktemp -d -t sgdma-cli.XXXXXX)
trap 'chmod -R u+rwX "$work"; rm -rf "$work"' EXIT
cd "$work"

fail() {
  echo "cli_test: $*" >&2
  for f in stdout stderr; do [ ! -s $f ] || { echo "--- $f" >&2; cat $f >&2; }; done
  exit 1
}

# run <status> <arguments>: the program ends with that status; its output is in stdout and stderr.
run() {
  local want=$1 got=0
  shift
  "$sgdma" "$@" >stdout 2>stderr || got=$?
  [ "$got" = "$want" ] || fail "sgdma $*: exit status $got, expected $want"
}

# refused <pattern> <arguments>: status 2, one sentence that matches, no output file, nothing left behind.
refused() {
  local pattern=$1
  shift
  run 2 "$@"
  [ "$(wc -l <stderr)" = 1 ] || fail "sgdma $*: the message is not one line"
  grep -Eq -- "$pattern" stderr || fail "sgdma $*: no '$pattern' in the message"
  [ ! -s stdout ] || fail "sgdma $*: printed something beside the message"
  [ ! -e out ] || fail "sgdma $*: wrote its output"
  nothing_left
}

nothing_left() {
  [ -z "$(find . -name '*.sgdma-*')" ] || fail "a temporary file was left: $(find . -name '*.sgdma-*')"
}

# same <arguments>: copies in to out and compares.
same() {
  rm -f out
  run 0 copy in out "$@"
  cmp -s in out || fail "out differs from in, with $*"
  nothing_left
}

make_in() { head -c "$1" /dev/urandom >in; }

json() { python3 -c "import json,sys; d=json.load(open('stdout')); assert $1, d"; }

test_CopiesFilesOfEverySmallSize() {
  local bytes
  for bytes in 0 1 4095 4096 4097; do
    make_in $bytes
    same
    same --no-iommu --fragments 1-64
  done
}

test_CopiesOverSlowAndStallingMemory() {
  local latency stalls
  make_in 30000
  for latency in 0 30 200 20-200; do
    for stalls in none 50 bursts; do same --latency $latency --stalls $stalls --seed 7; done
  done
}

test_CopiesFragmentsOfEverySize() {
  local fragments
  make_in 200000
  for fragments in 4096 64K 65535 1-65536 mix 4097; do same --fragments $fragments; done
  make_in 3000
  for fragments in 1 2 1-7 63; do same --fragments $fragments --ring 4; done
}

test_CopiesAFileLargerThanAnyBufferOfTheMachine() {
  make_in 10485761
  same --seed 3 --json
  json "d['bytes'] == 10485761 and d['share_of_limit'] > 0.9"
}

test_CopiesOnTheOtherChannelAndReordered() {
  make_in 50000
  same --channel 1 --order interleaved --latency 1-90
}

test_PrintsATableAndTheSameAsJson() {
  make_in 10000
  same
  grep -q 'share of the limit n/(n+16)' stdout || fail "no share of the limit in the table"
  grep -q 'simulated cycles per second' stdout || fail "no simulated cycles per second in the table"
  same --json
  json "d['bytes'] == 10000 and d['cycles'] > 1250 and d['descriptors'] > 0 and d['iommu_walks'] > 0"
  json "abs(d['bytes_per_cycle'] - d['bytes'] / d['cycles']) < 1e-9 and d['errors'] == []"
}

test_TheSameSeedGivesTheSameRun() {
  make_in 20000
  same --seed 11 --json
  python3 -c "import json; print(json.load(open('stdout'))['cycles'])" >first
  same --seed 11 --json
  python3 -c "import json; print(json.load(open('stdout'))['cycles'])" | cmp -s - first || fail "two runs of one seed differ"
}

test_ShowsTheCapabilities() {
  run 0 info
  grep -Eq 'channels +[0-9]+' stdout || fail "no channels in info"
  grep -q LINK stdout || fail "no features in info"
  run 0 info --json
  json "d['channels'] >= 1 and d['bus_bits'] in (32, 64, 128, 256, 512) and d['features']['LINK']"
}

test_RecoversFromEachInjectedFault() {
  local fault recover
  make_in 8000
  for fault in read:3=slverr read:1=decerr write:2=decerr write:5=slverr desc:1=slverr desc:2=decerr record:1=slverr; do
    for recover in auto retry rest skip restart; do
      same --fault $fault --recover $recover --fragments 1-2000
      grep -q '^Fault: \(SLVERR\|DECERR\)' stdout || fail "$fault is not shown"
      grep -q '^  recovery: ' stdout || fail "the recovery from $fault is not shown"
    done
  done
}

test_PagesInWhatTheTranslatorMissed() {
  make_in 20000
  same --fault translate:5
  grep -q 'IOMMU: page fault on a read' stdout || fail "the translator's record is not shown"
  grep -q 'recovery: the page at' stdout || fail "the page was not mapped"
  same --fault translate:5 --json
  json "d['iommu_faults'] >= 1 and d['errors'][0]['iommu'][0]['cause'] == 13"
}

test_SaysWhenTheFaultNeverHappened() {
  make_in 100
  same --fault read:1000=slverr
  grep -q 'never happened' stdout || fail "a fault that never happened is not mentioned"
}

test_AHangIsReportedAndNothingIsWritten() {
  make_in 20000
  run 124 copy in out --fault read:3=silence
  grep -q 'channel 0: RUN' stderr || fail "the state of the engine is not in the report"
  [ ! -e out ] || fail "out was written"
  nothing_left
}

test_AnInterruptEndsItAndNothingIsWritten() {
  head -c 20000000 /dev/zero >in
  echo old >out
  # A shell ignores SIGINT for its background jobs; env gives the program the default back.
  env --default-signal=INT "$sgdma" copy in out >stdout 2>stderr &
  local job=$! status=0
  for _ in $(seq 100); do [ -n "$(find . -name 'out.sgdma-*' -size +0)" ] && break; sleep 0.1; done
  kill -INT $job
  wait $job || status=$?
  [ $status = 130 ] || fail "exit status $status after SIGINT, expected 130"
  [ "$(cat out)" = old ] || fail "out was touched"
  nothing_left
}

test_RefusesBadInputFiles() {
  refused "Cannot read 'missing'.*exists" copy missing out
  mkdir folder
  refused "'folder' is a directory" copy folder out
  mkfifo pipe
  refused "'pipe' is no regular file" copy pipe out
  make_in 10
  chmod 000 in
  if [ "$(id -u)" != 0 ]; then refused "Cannot read 'in'" copy in out; fi
}

test_RefusesBadOutputFiles() {
  make_in 10
  cp in before
  refused "'in' is the input itself" copy in in
  ln in hard
  refused "is the input itself" copy in hard
  ln -s in soft
  refused "is the input itself" copy in soft
  cmp -s in before || fail "the input was changed"
  mkdir folder
  refused "'folder' is a directory" copy in folder
  refused "Cannot write '.*nowhere/x'" copy in nowhere/x
  refused "no regular file" copy in /dev/null
  if [ "$(id -u)" != 0 ]; then
    chmod 555 folder
    refused "Cannot write" copy in folder/x
  fi
}

test_KeepsTheOldOutputWhenThereIsNoSpace() {
  make_in 100000
  echo old >out
  local status=0
  (ulimit -f 40; "$sgdma" copy in out >/dev/null 2>stderr) || status=$?
  [ $status = 2 ] || fail "exit status $status without space, expected 2"
  grep -q "Cannot write 'out'\|Cannot write '.*/out'" stderr || fail "the message does not name the file"
  [ "$(cat out)" = old ] || fail "out was touched"
  nothing_left
}

test_ReplacesAnOldOutputAndKeepsItsModeAndItsLink() {
  make_in 100
  echo 'old and much longer than a hundred bytes would be, in any case, so that a rest would show' >target
  chmod 640 target
  ln -s target out
  run 0 copy in out
  cmp -s in target || fail "the file behind the link is not the copy"
  [ -L out ] || fail "the link was replaced"
  [ "$(stat -c %a target)" = 640 ] || fail "the mode was changed"
}

test_RefusesImpossibleOptions() {
  make_in 10
  refused '--fragments 0: give' copy in out --fragments 0
  refused '--fragments 9-5: give' copy in out --fragments 9-5
  refused '--fragments 65K: give' copy in out --fragments 65K
  refused '--fragments some: give' copy in out --fragments some
  refused '--latency -1|--latency: ' copy in out --latency=-1
  refused '--latency 5-: give' copy in out --latency 5-
  refused '--stalls 100: give' copy in out --stalls 100
  refused '--ring 12: give a power of two' copy in out --ring 12
  refused '--ring 2: give a power of two' copy in out --ring 2
  refused '--order sometimes: give' copy in out --order sometimes
  refused '--channel 99: this engine has channels' copy in out --channel 99
  refused '--width 48: this program was built for' copy in out --width 48
  refused '--recover pray: give' copy in out --recover pray
  refused '--waves x.txt: the name must end' copy in out --waves x.txt
  refused '--waves-to is before' copy in out --waves x.vcd --waves-from 5 --waves-to 4
}

test_RefusesUnknownFaultSpecs() {
  local spec
  make_in 10
  for spec in read read:3 read:0=slverr read:3=okay read:-1=slverr pci:1=slverr translate:5=slverr translate:0 \
      translate read:=slverr :3=slverr read:3=slverr=decerr 'read: 3=slverr'; do
    refused "--fault .*: give read:N" copy in out --fault "$spec"
  done
  refused 'leave out --no-iommu' copy in out --fault translate:1 --no-iommu
}

test_RefusesWrongUseOfTheProgram() {
  local arguments
  make_in 10
  for arguments in '' 'copy' 'copy in' 'move in out' 'copy in out more' 'copy in out --speed 3' 'info x'; do
    # shellcheck disable=SC2086  # words on purpose
    run 2 $arguments
  done
  [ ! -e out ] || fail "out was written"
  run 0 --help
  run 0 copy --help
  run 0 --version
}

test_WritesWavesOrSaysWhichBuildCan() {
  make_in 100
  if ! "$sgdma" info --json | grep -q '"waves": true'; then
    refused 'built without waves.*scripts/build.sh debug' copy in out --waves x.fst
    return
  fi
  local format
  for format in vcd fst; do
    same --waves x.$format --waves-from 100 --waves-to 400
    [ -s x.$format ] || fail "no waves in x.$format"
  done
  rm out
  refused "Cannot write 'nowhere/x.vcd'" copy in out --waves nowhere/x.vcd
}

test_"${2:?usage: cli_test.sh <sgdma> <name>}"
