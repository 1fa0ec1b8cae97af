import type { Release } from './facts.js';

export function parseRelease(text: string): Release {
  const [, major = '0', minor = '0'] = /^(\d+)\.(\d+)/.exec(text) ?? [];
  return { text, major: Number(major), minor: Number(minor) };
}

/** Whether a kernel is older than a version. */
export function isBefore(release: Release, major: number, minor: number): boolean {
  return release.major < major || (release.major === major && release.minor < minor);
}
