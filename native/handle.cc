#include "handle.h"

#include <atomic>
#include <chrono>
#include <cstring>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "answers.h"
#include "direct_line.h"
#include "proc/connection_stream.h"

namespace ipvs {

namespace {

// How long the end of an environment waits for a thread that is inside the kernel.
constexpr std::chrono::milliseconds kLastWait{500};

// Hands the thread's wake-ups to the event loop. Once shut, which happens on the
// loop's own thread, nothing reaches the loop any more.
class Wakeup {
 public:
  void Open(napi_threadsafe_function function) { function_ = function; }

  void Ring() {
    // One wake-up brings everything that is done by then.
    if (ringing_.exchange(true)) return;
    const std::lock_guard lock(mutex_);
    if (function_ == nullptr) return;
    napi_call_threadsafe_function(function_, nullptr, napi_tsfn_nonblocking);
  }

  // Takes no lock: the loop often wakes while the thread is still inside `Ring`.
  void Heard() { ringing_ = false; }

  // Returns the function for the caller to release, if it was still open.
  napi_threadsafe_function Shut() {
    const std::lock_guard lock(mutex_);
    return std::exchange(function_, nullptr);
  }

  napi_threadsafe_function function() const { return function_; }

 private:
  std::mutex mutex_;
  napi_threadsafe_function function_ = nullptr;
  std::atomic<bool> ringing_{false};
};

// The side of a handle that lives on the event loop: the promises not yet kept. It
// outlives the JavaScript object by as long as the thread needs to end.
class Session {
 public:
  // Nothing when the thread cannot be started; `error` says why.
  static std::shared_ptr<Session> Open(Napi::Env env, WorkbenchOptions options, int* error);

  // Holds `keep` until the promise is kept.
  Napi::Value Submit(Napi::Env env, Job job, std::shared_ptr<const void> keep);
  // Closes something with the handle, should it still be open then.
  void CloseAlong(std::weak_ptr<Closable> part);
  Napi::Value Close(Napi::Env env);
  void Stop() { worker_->Stop(); }
  Worker& worker() { return *worker_; }

 private:
  struct Pending {
    napi_deferred deferred;
    std::shared_ptr<const void> keep;
  };

  explicit Session(napi_env env) : env_(env) {}

  static void OnWake(napi_env env, napi_value, void* context, void*);
  static void OnFinalize(napi_env, void* keep, void*);
  static void OnEnvironmentEnd(void* self);

  void Deliver(Napi::Env env);
  void Settle(Napi::Env env, napi_deferred deferred, Job& job);
  void CloseParts();
  void Release();
  void SetKeepsLoopAlive(bool alive);

  napi_env env_;
  std::unique_ptr<Worker> worker_;
  std::shared_ptr<Wakeup> wakeup_ = std::make_shared<Wakeup>();
  std::unordered_map<std::uint32_t, Pending> promises_;
  std::vector<napi_deferred> closing_;
  std::vector<std::weak_ptr<Closable>> parts_;
  std::uint32_t next_key_ = 1;
  bool closed_ = false;
  bool released_ = false;
  bool keeps_loop_alive_ = true;
};

std::shared_ptr<Session> Session::Open(Napi::Env env, WorkbenchOptions options, int* error) {
  auto session = std::shared_ptr<Session>(new Session(env));
  const auto name = Napi::String::New(env, "ipvs");
  auto* keep = new std::shared_ptr<Session>(session);
  napi_threadsafe_function function = nullptr;
  if (napi_create_threadsafe_function(env, nullptr, nullptr, name, 0, 1, keep, OnFinalize,
                                      session.get(), OnWake, &function) != napi_ok) {
    delete keep;
    *error = EAGAIN;
    return nullptr;
  }
  session->wakeup_->Open(function);
  session->SetKeepsLoopAlive(false);
  session->worker_ = Worker::Start(
      std::move(options), [wakeup = session->wakeup_] { wakeup->Ring(); }, error);
  if (!session->worker_) {
    session->released_ = true;
    napi_release_threadsafe_function(session->wakeup_->Shut(), napi_tsfn_abort);
    return nullptr;
  }
  napi_add_env_cleanup_hook(env, OnEnvironmentEnd, session.get());
  return session;
}

Napi::Value Session::Submit(Napi::Env env, Job job, std::shared_ptr<const void> keep) {
  napi_deferred deferred = nullptr;
  napi_value promise = nullptr;
  if (napi_create_promise(env, &deferred, &promise) != napi_ok) return {};
  promises_.emplace(job.key = next_key_++, Pending{deferred, std::move(keep)});
  SetKeepsLoopAlive(true);
  worker_->Submit(std::move(job));
  // After the end of the thread nobody else would fetch it.
  if (released_) Deliver(env);
  return {env, promise};
}

void Session::CloseAlong(std::weak_ptr<Closable> part) {
  std::erase_if(parts_, [](const auto& each) { return each.expired(); });
  parts_.push_back(std::move(part));
  if (closed_) CloseParts();
}

void Session::CloseParts() {
  for (const auto& each : std::exchange(parts_, {})) {
    if (const auto part = each.lock()) part->Close();
  }
}

Napi::Value Session::Close(Napi::Env env) {
  closed_ = true;
  CloseParts();
  napi_deferred deferred = nullptr;
  napi_value promise = nullptr;
  if (napi_create_promise(env, &deferred, &promise) != napi_ok) return {};
  if (released_) {
    napi_resolve_deferred(env, deferred, env.Undefined());
  } else {
    closing_.push_back(deferred);
    SetKeepsLoopAlive(true);
    worker_->Stop();
  }
  return {env, promise};
}

void Session::OnWake(napi_env env, napi_value, void* context, void*) {
  if (env == nullptr) return;  // the environment is ending; there is no one left to tell
  auto* self = static_cast<Session*>(context);
  self->wakeup_->Heard();
  self->Deliver(env);
}

void Session::Deliver(Napi::Env env) {
  const Napi::HandleScope scope(env);
  const bool finished = worker_->finished();  // before looking, so that nothing is left behind
  for (Job& job : worker_->TakeDone()) {
    const auto found = promises_.find(job.key);
    if (found == promises_.end()) continue;
    const Pending pending = std::move(found->second);
    promises_.erase(found);
    Settle(env, pending.deferred, job);
  }
  if (finished) {
    for (const napi_deferred deferred : std::exchange(closing_, {})) {
      napi_resolve_deferred(env, deferred, env.Undefined());
    }
    Release();
  } else {
    SetKeepsLoopAlive(!promises_.empty() || !closing_.empty());
  }
}

void Session::Settle(Napi::Env env, napi_deferred deferred, Job& job) {
  const Napi::HandleScope scope(env);
  const bool executes = job.kind == Job::Kind::kExecute;
  if (job.outcomes.empty() && executes) {
    napi_resolve_deferred(env, deferred, env.Undefined());
    return;
  }
  Napi::Maybe<Napi::Object> answer = Napi::Nothing<Napi::Object>();
  if (executes) {
    answer = FailedOutcomes(env, job.outcomes);
  } else if (job.outcomes.empty()) {
    answer = BatchOf(env, std::move(job.table), job.ended);
  } else {
    answer = FailedBatch(env, job.outcomes.front());
  }
  // Nothing means that the environment is closing: there is no one left to tell.
  if (answer.IsJust()) napi_resolve_deferred(env, deferred, answer.Unwrap());
}

void Session::SetKeepsLoopAlive(bool alive) {
  if (released_ || alive == keeps_loop_alive_) return;
  keeps_loop_alive_ = alive;
  if (alive) {
    napi_ref_threadsafe_function(env_, wakeup_->function());
  } else {
    napi_unref_threadsafe_function(env_, wakeup_->function());
  }
}

void Session::Release() {
  if (std::exchange(released_, true)) return;
  napi_remove_env_cleanup_hook(env_, OnEnvironmentEnd, this);
  if (auto* function = wakeup_->Shut()) {
    napi_release_threadsafe_function(function, napi_tsfn_release);
  }
}

void Session::OnFinalize(napi_env, void* keep, void*) {
  delete static_cast<std::shared_ptr<Session>*>(keep);
}

void Session::OnEnvironmentEnd(void* self) {
  auto* session = static_cast<Session*>(self);
  session->released_ = true;
  session->wakeup_->Shut();  // the environment itself releases the function
  session->worker_->Stop();
  session->CloseParts();
  session->worker_->WaitFinished(kLastWait);
  const auto never_kept =
      std::exchange(session->promises_, {});  // what they hold, holds the session
}

// What the methods of the JavaScript object share. When the last of them is collected and
// no promise is left to keep, the thread ends, whether or not anyone called close.
struct Grip {
  explicit Grip(std::shared_ptr<Session> held) : session(std::move(held)) {}
  ~Grip() { session->Stop(); }
  std::shared_ptr<Session> session;
};

Napi::Value Refuse(Napi::Env env, const char* expected) {
  Napi::TypeError::New(env, expected).ThrowAsJavaScriptException();
  return {};
}

// The request records in a Uint8Array, or nothing when it is not one that holds `count` of them.
std::optional<PooledVector<RequestRecord>> ReadRequests(const Napi::Value& value,
                                                        std::size_t count) {
  if (!value.IsTypedArray()) return std::nullopt;
  const auto array = value.As<Napi::TypedArray>();
  if (array.TypedArrayType() != napi_uint8_array || count == 0 ||
      array.ByteLength() / sizeof(RequestRecord) < count) {
    return std::nullopt;
  }
  PooledVector<RequestRecord> requests(count);
  std::memcpy(requests.data(), array.As<Napi::Uint8Array>().Data(), count * sizeof(RequestRecord));
  return requests;
}

std::optional<ConnectionFilterRecord> ReadFilter(const Napi::Value& value) {
  if (!value.IsTypedArray()) return std::nullopt;
  const auto array = value.As<Napi::TypedArray>();
  ConnectionFilterRecord filter;
  if (array.TypedArrayType() != napi_uint8_array || array.ByteLength() != sizeof filter) {
    return std::nullopt;
  }
  std::memcpy(&filter, array.As<Napi::Uint8Array>().Data(), sizeof filter);
  return filter;
}

std::optional<std::uint32_t> ReadNumber(const Napi::Value& value) {
  if (!value.IsNumber()) return std::nullopt;
  return value.As<Napi::Number>().Uint32Value();
}

std::optional<std::string> ReadText(const Napi::Value& value) {
  if (!value.IsString()) return std::nullopt;
  return value.As<Napi::String>().Utf8Value();
}

using Held = std::shared_ptr<Grip>;

Napi::Value Submit(const Held& grip, const Napi::CallbackInfo& info) {
  const auto count = ReadNumber(info[1]);
  const auto ticket = ReadNumber(info[2]);
  if (!count || !ticket) return Refuse(info.Env(), "expected a count and a ticket");
  auto requests = ReadRequests(info[0], *count);
  if (!requests) return Refuse(info.Env(), "expected as many request records as the count says");
  Job job;
  job.ticket = *ticket;
  job.requests = std::move(*requests);
  return grip->session->Submit(info.Env(), std::move(job), grip);
}

Napi::Value Read(const Held& grip, const Napi::CallbackInfo& info) {
  const auto kind = ReadNumber(info[0]);
  const auto ticket = ReadNumber(info[2]);
  if (!kind || *kind >= kTableCount || !ticket) {
    return Refuse(info.Env(), "expected a table and a ticket");
  }
  auto requests = ReadRequests(info[1], 1);
  if (!requests) return Refuse(info.Env(), "expected a request record");
  Job job;
  job.ticket = *ticket;
  job.kind = Job::Kind::kRead;
  job.table_kind = static_cast<TableKind>(*kind);
  job.requests = std::move(*requests);
  return grip->session->Submit(info.Env(), std::move(job), grip);
}

std::optional<proc::Place> ReadPlace(const Napi::Value& value) {
  const auto number = ReadNumber(value);
  if (!number || *number >= proc::kPlaceCount) return std::nullopt;
  return static_cast<proc::Place>(*number);
}

// A job with a file, which carries one request that does nothing, for it to be withdrawn by.
Napi::Value SubmitFile(const Held& grip, Napi::Env env, Job::Kind kind, FileRequest file,
                       std::uint32_t ticket) {
  Job job;
  job.ticket = ticket;
  job.kind = kind;
  job.file = std::move(file);
  job.requests.resize(1);
  return grip->session->Submit(env, std::move(job), grip);
}

Napi::Value ReadFile(const Held& grip, const Napi::CallbackInfo& info) {
  const auto place = ReadPlace(info[0]);
  const auto name = ReadText(info[1]);
  const auto ticket = ReadNumber(info[2]);
  if (!place || !name || !proc::IsFilePath(*name) || !ticket) {
    return Refuse(info.Env(), "expected a place, the name of a file in it, and a ticket");
  }
  return SubmitFile(grip, info.Env(), Job::Kind::kReadFile, {*place, *name, {}}, *ticket);
}

Napi::Value ReadFolder(const Held& grip, const Napi::CallbackInfo& info) {
  const auto place = ReadPlace(info[0]);
  const auto ticket = ReadNumber(info[1]);
  if (!place || !ticket) return Refuse(info.Env(), "expected a place and a ticket");
  return SubmitFile(grip, info.Env(), Job::Kind::kReadFolder, {*place, {}, {}}, *ticket);
}

Napi::Value WriteFile(const Held& grip, const Napi::CallbackInfo& info) {
  const auto place = ReadPlace(info[0]);
  const auto name = ReadText(info[1]);
  const auto value = ReadText(info[2]);
  const auto ticket = ReadNumber(info[3]);
  if (!place || !name || !proc::IsFileName(*name) || !value || !ticket) {
    return Refuse(info.Env(), "expected a place, the name of a file in it, a value and a ticket");
  }
  return SubmitFile(grip, info.Env(), Job::Kind::kWriteFile, {*place, *name, *value}, *ticket);
}

Napi::Value ReadOn(const Held& grip, const std::shared_ptr<Stream>& stream,
                   const Napi::CallbackInfo& info) {
  const auto ticket = ReadNumber(info[0]);
  if (!ticket) return Refuse(info.Env(), "expected a ticket");
  Job job;
  job.ticket = *ticket;
  job.kind = Job::Kind::kReadStream;
  job.stream = stream;
  job.requests.resize(1);
  return grip->session->Submit(info.Env(), std::move(job), grip);
}

// What JavaScript holds of a stream; when it is collected, the stream is closed. It holds the
// handle.
Napi::Value Connections(const Held& grip, const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto filter = ReadFilter(info[1]);
  if (!info[0].IsString() || !filter) return Refuse(env, "expected a path and a filter record");
  const std::shared_ptr<Stream> stream =
      std::make_shared<ConnectionStream>(info[0].As<Napi::String>().Utf8Value(), *filter);
  grip->session->CloseAlong(stream);
  auto object = Napi::Object::New(env);
  auto next = Napi::Function::New(
      env, [grip, stream](const Napi::CallbackInfo& call) { return ReadOn(grip, stream, call); },
      "next");
  auto close = Napi::Function::New(
      env, [stream](const Napi::CallbackInfo&) { stream->Close(); }, "close");
  const bool ok = SetProperty(object, "next", next) && SetProperty(object, "close", close);
  return ok ? Napi::Value(object) : Napi::Value();
}

Napi::Value ExecuteNow(DirectLine& line, const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto count = ReadNumber(info[1]);
  if (!count) return Refuse(env, "expected a count");
  const auto requests = ReadRequests(info[0], *count);
  if (!requests) return Refuse(env, "expected as many request records as the count says");
  const auto outcomes = line.Execute(*requests);
  if (AllOk(outcomes)) return env.Undefined();
  const auto answer = FailedOutcomes(env, outcomes);
  return answer.IsJust() ? Napi::Value(answer.Unwrap()) : Napi::Value();
}

Napi::Value ReadNow(DirectLine& line, const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto kind = ReadNumber(info[0]);
  if (!kind || *kind >= kTableCount) return Refuse(env, "expected a table");
  const auto requests = ReadRequests(info[1], 1);
  if (!requests) return Refuse(env, "expected a request record");
  Table table;
  const Status status = line.Read(static_cast<TableKind>(*kind), requests->front(), table);
  const auto answer = status.ok() ? BatchOf(env, std::move(table)) : FailedBatch(env, status);
  return answer.IsJust() ? Napi::Value(answer.Unwrap()) : Napi::Value();
}

// What JavaScript holds of a line; when it is collected, the line is closed. It holds the handle.
Napi::Value OpenLine(const Held& grip, const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto transport = ReadNumber(info[0]);
  if (!transport || *transport >= kTransportCount) return Refuse(env, "expected a transport");
  const auto line =
      std::make_shared<DirectLine>(grip->session->worker(), static_cast<TransportKind>(*transport));
  grip->session->CloseAlong(line);
  auto object = Napi::Object::New(env);
  auto submit = Napi::Function::New(
      env, [grip, line](const Napi::CallbackInfo& call) { return ExecuteNow(*line, call); },
      "submit");
  auto read = Napi::Function::New(
      env, [grip, line](const Napi::CallbackInfo& call) { return ReadNow(*line, call); }, "read");
  const bool ok = SetProperty(object, "submit", submit) && SetProperty(object, "read", read);
  return ok ? Napi::Value(object) : Napi::Value();
}

Napi::Value Cancel(const Held& grip, const Napi::CallbackInfo& info) {
  const auto ticket = ReadNumber(info[0]);
  const auto index = ReadNumber(info[1]);
  if (!ticket || !index) return Refuse(info.Env(), "expected a ticket and an index");
  return Napi::Boolean::New(info.Env(), grip->session->worker().Cancel(*ticket, *index));
}

Napi::Value Progress(const Held& grip, const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), grip->session->worker().progress());
}

Napi::Value Close(const Held& grip, const Napi::CallbackInfo& info) {
  return grip->session->Close(info.Env());
}

}  // namespace

Napi::Maybe<Napi::Object> OpenHandle(Napi::Env env, WorkbenchOptions options) {
  int error = 0;
  auto session = Session::Open(env, std::move(options), &error);
  if (!session) {
    return FailedBatch(env, Status::Failure(Source::kThread, error));
  }

  const auto grip = std::make_shared<Grip>(std::move(session));
  auto object = Napi::Object::New(env);
  using Method = Napi::Value (*)(const Held&, const Napi::CallbackInfo&);
  const auto define = [&](const char* name, Method method) {
    auto function = Napi::Function::New(
        env, [grip, method](const Napi::CallbackInfo& info) { return method(grip, info); }, name);
    return SetProperty(object, name, function);
  };
  const bool ok = define("submit", Submit) && define("read", Read) &&
                  define("readFile", ReadFile) && define("readFolder", ReadFolder) &&
                  define("writeFile", WriteFile) && define("connections", Connections) &&
                  define("directLine", OpenLine) && define("cancel", Cancel) &&
                  define("progress", Progress) && define("close", Close);
  return ok ? Napi::Just(object) : Napi::Nothing<Napi::Object>();
}

}  // namespace ipvs
