#pragma once

#include <pthread.h>
#include <signal.h>

namespace ipvs {

// Starts a thread that takes none of the process's signals; an errno, or 0.
inline int StartThread(pthread_t* thread, void* (*run)(void*), void* argument) {
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  const int error = ::pthread_create(thread, nullptr, run, argument);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return error;
}

}  // namespace ipvs
