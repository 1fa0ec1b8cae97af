#pragma once

#include <semaphore.h>

#include <cerrno>

namespace ipvs {

// What one thread waits for and another gives; what is given beforehand is not lost.
class Semaphore {
 public:
  Semaphore() { ::sem_init(&semaphore_, 0, 0); }
  Semaphore(const Semaphore&) = delete;
  Semaphore& operator=(const Semaphore&) = delete;
  ~Semaphore() { ::sem_destroy(&semaphore_); }

  void Post() { ::sem_post(&semaphore_); }
  void Wait() {
    while (::sem_wait(&semaphore_) != 0 && errno == EINTR) {
    }
  }

 private:
  sem_t semaphore_;
};

}  // namespace ipvs
