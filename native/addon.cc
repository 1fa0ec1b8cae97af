#include <napi.h>

#include "answers.h"
#include "handle.h"
#include "ipvs/commands.h"
#include "ipvs/table.h"
#include "proc/text_file.h"
#include "records.h"
#include "route/commands.h"
#include "support/status.h"

namespace ipvs {

namespace {

Napi::Value Open(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const bool fresh = info[0].IsNull();
  const double transport = info[2].IsNumber() ? info[2].As<Napi::Number>().DoubleValue() : -1;
  if ((!fresh && !info[0].IsString()) || !info[1].IsNumber() ||
      !(transport >= 0 && transport < kTransportCount)) {
    Napi::TypeError::New(env, "expected a path or null, a timeout and a transport")
        .ThrowAsJavaScriptException();
    return {};
  }
  WorkbenchOptions options;
  options.fresh_namespace = fresh;
  if (!fresh) options.network_namespace = info[0].As<Napi::String>().Utf8Value();
  options.timeout = std::chrono::milliseconds(info[1].As<Napi::Number>().Int64Value());
  options.transport = static_cast<TransportKind>(transport);
  const auto handle = OpenHandle(env, std::move(options));
  return handle.IsJust() ? Napi::Value(handle.Unwrap()) : Napi::Value();
}

// Lets go of the memory of a batch's records, which are empty from then on.
Napi::Value Release(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!info[0].IsTypedArray() || !ReleaseRecords(env, info[0])) {
    Napi::TypeError::New(env, "expected records").ThrowAsJavaScriptException();
    return {};
  }
  return env.Undefined();
}

// Everything below runs while the addon loads. A worker thread can be ended in the middle of that;
// then nothing can be set any more, and no one will look for what is missing.
template <typename T>
void Put(Napi::Object object, const char* name, const T& value) {
  [[maybe_unused]] const bool set = object.Set(name, value).IsJust();
}

Napi::Object DescribeField(Napi::Env env, const FieldLayout& field) {
  auto object = Napi::Object::New(env);
  Put(object, "type", kFieldTypeNames[static_cast<std::size_t>(field.type)]);
  Put(object, "offset", static_cast<double>(field.offset));
  Put(object, "length", static_cast<double>(field.length));
  return object;
}

Napi::Object DescribeLayouts(Napi::Env env) {
  auto layouts = Napi::Object::New(env);
  for (const RecordLayout& record : kLayouts) {
    auto fields = Napi::Object::New(env);
    for (const FieldLayout& field : record.fields) {
      Put(fields, field.name, DescribeField(env, field));
    }
    auto object = Napi::Object::New(env);
    Put(object, "size", static_cast<double>(record.size));
    Put(object, "fields", fields);
    Put(layouts, record.name, object);
  }
  return layouts;
}

// The names of a list, each with its place in it.
Napi::Object NumberNames(Napi::Env env, std::span<const char* const> names) {
  auto object = Napi::Object::New(env);
  double number = 0;
  for (const char* name : names) Put(object, name, number++);
  return object;
}

Napi::Object DescribeCommands(Napi::Env env) {
  auto commands = Napi::Object::New(env);
  for (const WriteCommand& entry : kWriteCommands) {
    Put(commands, entry.name, static_cast<double>(entry.command));
  }
  for (const RouteCommandName& entry : kRouteCommands) {
    Put(commands, entry.name, static_cast<double>(entry.command));
  }
  Put(commands, "withdrawn", static_cast<double>(kWithdrawn));
  return commands;
}

Napi::Object DescribePresence(Napi::Env env) {
  auto presence = Napi::Object::New(env);
  for (const PresenceBit& bit : kPresenceBits)
    Put(presence, bit.name, static_cast<double>(bit.bit));
  return presence;
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  Put(exports, "open", Napi::Function::New(env, Open, "open"));
  Put(exports, "release", Napi::Function::New(env, Release, "release"));
  Put(exports, "layouts", DescribeLayouts(env));
  Put(exports, "commands", DescribeCommands(env));
  Put(exports, "tables", NumberNames(env, kTableNames));
  Put(exports, "presence", DescribePresence(env));
  Put(exports, "transports", NumberNames(env, kTransportNames));
  Put(exports, "sources", NumberNames(env, kSourceNames));
  Put(exports, "places", NumberNames(env, proc::kPlaceNames));
  return exports;
}

}  // namespace

}  // namespace ipvs

static Napi::Object InitAddon(Napi::Env env, Napi::Object exports) {
  return ipvs::Init(env, exports);
}

NODE_API_MODULE(ipvs, InitAddon)
