#include "answers.h"

#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "support/pooled.h"

namespace ipvs {

namespace {

// An environment can end at any moment, also in the middle of a call from JavaScript. From then on
// most of Node-API refuses, and the wrapper's classes would go on with what was never set. So what
// is made here is made without them; refused, it is nothing, and no one is left to miss it.

// A copy of the values in JavaScript's own memory.
template <typename T>
napi_value CopyArray(napi_env env, napi_typedarray_type type, std::span<const T> values) {
  napi_value buffer = nullptr;
  napi_value array = nullptr;
  void* data = nullptr;
  if (napi_create_arraybuffer(env, values.size_bytes(), &data, &buffer) != napi_ok) return nullptr;
  if (!values.empty()) std::memcpy(data, values.data(), values.size_bytes());
  napi_create_typedarray(env, type, values.size(), buffer, 0, &array);
  return array;
}

// Bytes that JavaScript has let go of, and that are kept for what is read next: the runtime is told
// that they are in use all the time. Were it told of every table anew, it would think that a
// program takes more and more memory, and collect all of it the sooner. Of this thread, as
// environments are.
thread_local std::int64_t kept = 0;

bool Count(napi_env env, std::int64_t change) {
  std::int64_t total = 0;
  return napi_adjust_external_memory(env, change, &total) == napi_ok;
}

// Hands over bytes, which stay where they are if they are many.
napi_value GiveBytes(napi_env env, ByteBuffer bytes) {
  if (bytes.size() >= kPooledFrom) {
    auto* held = new ByteBuffer(std::move(bytes));
    const auto release = [](napi_env, void*, void* hint) { delete static_cast<ByteBuffer*>(hint); };
    napi_value buffer = nullptr;
    napi_value array = nullptr;
    if (napi_create_external_arraybuffer(env, held->data(), held->size(), release, held, &buffer) ==
        napi_ok) {
      const auto size = static_cast<std::int64_t>(held->size());
      if (size <= kept && Count(env, -size)) kept -= size;
      napi_create_typedarray(env, napi_uint8_array, held->size(), buffer, 0, &array);
      return array;
    }
    // Not every runtime takes memory that is not its own.
    bytes = std::move(*held);
    delete held;
  }
  return CopyArray(env, napi_uint8_array, std::span<const std::byte>(bytes.data(), bytes.size()));
}

Napi::Value Latin1(Napi::Env env, const std::string& text) {
  napi_value value = nullptr;
  napi_create_string_latin1(env, text.data(), text.size(), &value);
  return Napi::Value(env, value);
}

// What is left of a table after the chunks that JavaScript has taken.
struct Remainder {
  Table table;
  bool ended = false;  // of a stream: nothing comes after this table
  std::size_t next = 0;
};

Napi::Maybe<Napi::Object> TakeChunk(Napi::Env env, const std::shared_ptr<Remainder>& remainder) {
  auto batch = Napi::Object::New(env);
  auto& chunks = remainder->table.chunks();
  Table::Chunk chunk;
  if (remainder->next < chunks.size()) chunk = std::move(chunks[remainder->next++]);
  bool ok = SetProperty(batch, "status", Napi::Number::New(env, 0)) &&
            SetProperty(batch, "count", Napi::Number::New(env, static_cast<double>(chunk.count))) &&
            SetProperty(batch, "records", GiveBytes(env, std::move(chunk.records))) &&
            SetProperty(batch, "text", Latin1(env, chunk.text));
  if (ok && remainder->next < chunks.size()) {
    auto rest = Napi::Function::New(
        env,
        [remainder](const Napi::CallbackInfo& info) -> Napi::Value {
          const auto taken = TakeChunk(info.Env(), remainder);
          return taken.IsJust() ? taken.Unwrap() : info.Env().Undefined();
        },
        "rest");
    ok = SetProperty(batch, "rest", rest);
  }
  if (ok && chunk.destinations) {
    ok = SetProperty(batch, "destinations", Napi::Boolean::New(env, true));
  }
  if (ok && remainder->table.torn()) {
    ok = SetProperty(batch, "torn", Napi::Boolean::New(env, true));
  }
  if (ok && remainder->ended) {
    ok = SetProperty(batch, "ended", Napi::Boolean::New(env, true));
  }
  if (const std::size_t skipped = remainder->table.skipped(); ok && skipped != 0) {
    ok = SetProperty(batch, "skipped", Napi::Number::New(env, static_cast<double>(skipped)));
  }
  return ok ? Napi::Just(batch) : Napi::Nothing<Napi::Object>();
}

}  // namespace

bool SetProperty(Napi::Object object, const char* name, napi_value value) {
  return object.Set(name, Napi::Value(object.Env(), value)).IsJust();
}

Napi::Maybe<Napi::Object> BatchOf(Napi::Env env, Table table, bool ended) {
  return TakeChunk(env, std::make_shared<Remainder>(Remainder{std::move(table), ended}));
}

Napi::Maybe<Napi::Object> FailedBatch(Napi::Env env, const Status& status) {
  auto batch = Napi::Object::New(env);
  const bool ok = SetProperty(batch, "status", Napi::Number::New(env, status.packed())) &&
                  SetProperty(batch, "message", Latin1(env, status.message));
  return ok ? Napi::Just(batch) : Napi::Nothing<Napi::Object>();
}

Napi::Maybe<Napi::Object> FailedOutcomes(Napi::Env env, const std::vector<Status>& outcomes) {
  std::vector<std::int32_t> statuses(outcomes.size());
  auto messages = Napi::Array::New(env);
  for (std::size_t index = 0; index < outcomes.size(); ++index) {
    statuses[index] = outcomes[index].packed();
    if (outcomes[index].message.empty()) continue;
    if (!messages.Set(static_cast<std::uint32_t>(index), Latin1(env, outcomes[index].message))
             .IsJust()) {
      return Napi::Nothing<Napi::Object>();
    }
  }
  auto object = Napi::Object::New(env);
  const bool ok =
      SetProperty(object, "statuses", CopyArray<std::int32_t>(env, napi_int32_array, statuses)) &&
      SetProperty(object, "messages", messages);
  return ok ? Napi::Just(object) : Napi::Nothing<Napi::Object>();
}

bool ReleaseRecords(Napi::Env env, napi_value records) {
  napi_value buffer = nullptr;
  std::size_t length = 0;
  if (napi_get_typedarray_info(env, records, nullptr, nullptr, nullptr, &buffer, nullptr) !=
          napi_ok ||
      napi_get_arraybuffer_info(env, buffer, nullptr, &length) != napi_ok) {
    return false;
  }
  const auto size = static_cast<std::int64_t>(length);
  const bool counted = kept + size <= static_cast<std::int64_t>(kPooledMost) && Count(env, size);
  if (napi_detach_arraybuffer(env, buffer) == napi_ok) {
    if (counted) kept += size;
  } else if (counted) {
    // Where a runtime refuses, they go when they are collected.
    Count(env, -size);
  }
  return true;
}

}  // namespace ipvs
