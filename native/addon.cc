#include <napi.h>

#include "handle.h"
#include "ipvs/commands.h"
#include "ipvs/table.h"
#include "records.h"
#include "support/status.h"

namespace ipvs {

namespace {

Napi::Value Open(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!info[0].IsString() || !info[1].IsNumber()) {
    Napi::TypeError::New(env, "expected a path and a timeout").ThrowAsJavaScriptException();
    return {};
  }
  WorkerOptions options;
  options.network_namespace = info[0].As<Napi::String>().Utf8Value();
  options.timeout = std::chrono::milliseconds(info[1].As<Napi::Number>().Int64Value());
  const auto handle = OpenHandle(env, std::move(options));
  return handle.IsJust() ? Napi::Value(handle.Unwrap()) : Napi::Value();
}

// Everything below runs once, while the addon loads: a failure ends the load.

Napi::Object DescribeField(Napi::Env env, const FieldLayout& field) {
  auto object = Napi::Object::New(env);
  object.Set("type", kFieldTypeNames[static_cast<std::size_t>(field.type)]).Check();
  object.Set("offset", static_cast<double>(field.offset)).Check();
  object.Set("length", static_cast<double>(field.length)).Check();
  return object;
}

Napi::Object DescribeLayouts(Napi::Env env) {
  auto layouts = Napi::Object::New(env);
  for (const RecordLayout& record : kLayouts) {
    auto fields = Napi::Object::New(env);
    for (const FieldLayout& field : record.fields) {
      fields.Set(field.name, DescribeField(env, field)).Check();
    }
    auto object = Napi::Object::New(env);
    object.Set("size", static_cast<double>(record.size)).Check();
    object.Set("fields", fields).Check();
    layouts.Set(record.name, object).Check();
  }
  return layouts;
}

// The names of a list, each with its place in it.
Napi::Object NumberNames(Napi::Env env, std::span<const char* const> names) {
  auto object = Napi::Object::New(env);
  double number = 0;
  for (const char* name : names) object.Set(name, number++).Check();
  return object;
}

Napi::Object DescribeCommands(Napi::Env env) {
  auto commands = Napi::Object::New(env);
  for (const WriteCommand& entry : kWriteCommands) {
    commands.Set(entry.name, static_cast<double>(entry.command)).Check();
  }
  commands.Set("withdrawn", static_cast<double>(kWithdrawn)).Check();
  return commands;
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  exports.Set("open", Napi::Function::New(env, Open, "open")).Check();
  exports.Set("layouts", DescribeLayouts(env)).Check();
  exports.Set("commands", DescribeCommands(env)).Check();
  exports.Set("tables", NumberNames(env, kTableNames)).Check();
  exports.Set("sources", NumberNames(env, kSourceNames)).Check();
  return exports;
}

}  // namespace

}  // namespace ipvs

static Napi::Object InitAddon(Napi::Env env, Napi::Object exports) {
  return ipvs::Init(env, exports);
}

NODE_API_MODULE(ipvs, InitAddon)
