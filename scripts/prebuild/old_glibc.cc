// What the C++ library of a newer system than the binaries are for asks of its C library. Inside the binary these are for
// nobody else.

extern "C" {

// Came with glibc 2.32. Whoever asks is told that there are other threads, which is so in Node.
char __libc_single_threaded = 0;

// Came with glibc 2.35, for whoever throws an exception. Nobody here could catch one, and -1 says that there is nobody.
int _dl_find_object(void*, void*) { return -1; }

}  // extern "C"
