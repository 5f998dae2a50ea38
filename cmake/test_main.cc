// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// main() of every test program. Random properties draw from a fixed seed, so that two runs do the
// same; RC_PARAMS="seed=7" (or any other parameter of RapidCheck) takes its place.

#include <gmock/gmock.h>

#include <cstdlib>

int main(int argc, char** argv) {
  setenv("RC_PARAMS", "seed=1", /*overwrite=*/0);
  testing::InitGoogleMock(&argc, argv);
  return RUN_ALL_TESTS();
}
