import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { NativeAddon } from '../../types/native.js';

const require = createRequire(import.meta.url);

/** The root of the package, seen from `lib/kernel/` and `dist/kernel/` alike. */
const root = fileURLToPath(new URL('../..', import.meta.url));

let loaded: NativeAddon | undefined;

/**
 * The addon, loaded when first needed, so that the package can be imported where there is none: from `build/` when
 * it was compiled here, else from the binaries that came with the package.
 */
export function loadNative(): NativeAddon {
  if (loaded === undefined) {
    const load = require('node-gyp-build') as (directory: string) => NativeAddon;
    loaded = load(root);
  }
  return loaded;
}
