#pragma once

#include <napi.h>

#include <vector>

#include "ipvs/table.h"
#include "support/status.h"

namespace ipvs {

// JavaScript's objects of what jobs came to. Where the environment is ending, there is none.

// False where the environment is ending.
bool SetProperty(Napi::Object object, const char* name, napi_value value);

// A table, part by part; `ended`: of a stream, after this nothing comes.
Napi::Maybe<Napi::Object> BatchOf(Napi::Env env, Table table, bool ended = false);
// A table that could not be read.
Napi::Maybe<Napi::Object> FailedBatch(Napi::Env env, const Status& status);
// Requests of which some were not done.
Napi::Maybe<Napi::Object> FailedOutcomes(Napi::Env env, const std::vector<Status>& outcomes);

// Takes back the memory of records that were handed over, which are empty from then on. False for
// what are no records.
bool ReleaseRecords(Napi::Env env, napi_value records);

}  // namespace ipvs
