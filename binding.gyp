{
  "targets": [
    {
      "target_name": "ipvs",
      "sources": ["<!@(sed 's,^,native/,' native/sources.txt)"],
      "include_dirs": [
        "native",
        "<!(node -p \"require('node-addon-api').include_dir\")"
      ],
      "defines": [
        "NAPI_VERSION=9",
        "NODE_ADDON_API_DISABLE_DEPRECATED",
        "NODE_ADDON_API_ENABLE_MAYBE",
        "NAPI_DISABLE_CPP_EXCEPTIONS",
        "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS",
        "_FILE_OFFSET_BITS=64"
      ],
      "cflags": [
        "-fvisibility=hidden",
        "-fstack-protector-strong",
        "-fno-strict-aliasing",
        "-Wall",
        "-Wextra"
      ],
      "cflags_cc!": ["-std=gnu++17", "-std=gnu++20", "-fno-rtti"],
      "cflags_cc": ["-std=c++20", "-fno-exceptions"],
      "configurations": {
        "Release": {
          "cflags": ["-O2", "-U_FORTIFY_SOURCE", "-D_FORTIFY_SOURCE=2"]
        }
      },
      "ldflags": [
        "-Wl,-z,relro",
        "-Wl,-z,now",
        "-Wl,-z,noexecstack",
        "-Wl,-z,nodelete"
      ],
      "libraries": ["-pthread"]
    }
  ]
}
