// Counts the system calls that carry messages: the addon counts what its thread sends and receives.
import { loadNative } from '#lib/kernel/native.js';
import type { NativeAddon, NativeHandle } from '../types/native.js';

const handles: NativeHandle[] = [];

/** From here on the calls of handles are counted. */
export function countSystemCalls(): void {
  const native = loadNative();
  const { open } = native;
  const counting: NativeAddon['open'] = (...options) => {
    const handle = open(...options);
    if (!('status' in handle)) handles.push(handle);
    return handle;
  };
  Object.defineProperty(native, 'open', { value: counting });
}

/** System calls of all handles so far. */
export function systemCalls(): number {
  return handles.reduce((sum, handle) => sum + handle.progress(), 0);
}
