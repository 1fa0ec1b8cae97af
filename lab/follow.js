import { closeSync, openSync, readSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

const interval = 20;

/**
 * Copies what is appended to a file into a stream, as it comes.
 * @param {string} path
 * @param {NodeJS.WritableStream} stream
 */
export function follow(path, stream) {
  const file = openSync(path, 'r');
  const buffer = Buffer.allocUnsafe(1 << 18);
  let complete = false;

  async function copy() {
    for (;;) {
      const length = readSync(file, buffer);
      if (length === 0) return;
      await write(stream, buffer.subarray(0, length));
    }
  }

  async function copyUntilComplete() {
    try {
      while (!complete) {
        await copy();
        await delay(interval);
      }
      await copy();
    } finally {
      closeSync(file);
    }
  }

  return {
    /** Rejects when the stream cannot be written to. */
    copied: copyUntilComplete(),
    /** Nothing more will be appended. */
    complete() {
      complete = true;
    },
  };
}

/**
 * @param {NodeJS.WritableStream} stream
 * @param {Uint8Array} bytes
 * @returns {Promise<void>}
 */
function write(stream, bytes) {
  return new Promise((resolve, reject) => {
    stream.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
}
