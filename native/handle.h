#pragma once

#include <napi.h>

#include "worker.h"

namespace ipvs {

// Makes the object that JavaScript holds: one network namespace, open. Its methods
// are plain functions, so nothing depends on what `this` is when they are called. Where the handle
// cannot be started, the object is what a table is that cannot be read.
Napi::Maybe<Napi::Object> OpenHandle(Napi::Env env, WorkbenchOptions options);

}  // namespace ipvs
