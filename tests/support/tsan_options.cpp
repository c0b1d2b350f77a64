// For programs that the host starts with an environment of its own choice: what the tests say to the thread sanitizer elsewhere.
extern "C" const char* __tsan_default_options() { return "ignore_noninstrumented_modules=1 suppressions=" AUTHHOST_TSAN_SUPPRESSIONS; }
