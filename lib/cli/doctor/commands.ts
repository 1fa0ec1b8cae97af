import { resolve } from 'node:path';
import type { Finding } from './diagnose.js';

/** What is of the machine and not of one network namespace. */
const machineWide = /^(modprobe|echo) /;

/** Findings whose commands are as they are typed outside the network namespace. */
export function withCommandsFrom(
  findings: readonly Finding[],
  netns: string | undefined,
): readonly Finding[] {
  if (netns === undefined) return findings;
  const enter = entrance(netns);
  return findings.map((finding) =>
    finding.command === undefined || machineWide.test(finding.command)
      ? finding
      : { ...finding, command: `${enter} ${finding.command}` },
  );
}

function entrance(netns: string): string {
  if (/^\d+$/.test(netns)) return `nsenter --net=/proc/${netns}/ns/net`;
  return netns.includes('/') ? `nsenter --net=${resolve(netns)}` : `ip netns exec ${netns}`;
}
