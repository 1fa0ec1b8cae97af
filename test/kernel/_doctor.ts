import { Ipvs } from 'ipvs';
import { type Diagnosis, diagnose } from '#lib/cli/doctor/diagnose.js';
import { NetworkFiles } from '#lib/cli/doctor/network-files.js';
import { readFacts } from '#lib/cli/doctor/read-facts.js';

/** What the doctor finds in a network namespace. */
export async function examine(netns?: string): Promise<Diagnosis> {
  const options = { timeout: 60_000, ...(netns === undefined ? {} : { netns }) };
  await using files = new NetworkFiles(options);
  return diagnose(await readFacts(files, (each) => Ipvs.open(each), options));
}

/** Codes of what was found, each with what it is about: `code subject`. */
export function namesOf({ findings }: Diagnosis): string[] {
  return findings
    .map(({ code, subject }) => (subject === undefined ? code : `${code} ${subject}`))
    .sort();
}
