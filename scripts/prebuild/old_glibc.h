// What the binaries are compiled with that the package brings: the C++ library waits by the steady clock with a function
// that came with glibc 2.30. Without it, it waits by the clock of the day, and looks at the steady one.
#pragma once

#include <bits/c++config.h>

#undef _GLIBCXX_USE_PTHREAD_COND_CLOCKWAIT
