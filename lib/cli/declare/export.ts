import type { Document, ExportOptions, OmittedObject } from '../../../types/document.js';
import { exportDocument } from '../../declarative/document/export-document.js';
import { makePaint } from '../colour.js';
import type { Context } from '../context.js';
import { type KernelOptions, type OutputOptions, withIpvs } from '../verb.js';
import { writePrivateFile } from '../write-file.js';

/** What `export` can be told. */
export interface ExportCommandOptions extends KernelOptions, OutputOptions {
  readonly timeouts?: boolean;
  /** Names with commas between them; true for all. */
  readonly sysctls?: string | true;
  readonly vips?: string;
  readonly allowNoScheduler?: boolean;
  readonly out?: string;
}

/** Writes the document that asks for what is there. */
export async function runExport(context: Context, options: ExportCommandOptions): Promise<void> {
  const { timeouts = false, sysctls, vips, json, out } = options;
  const snapshot = await withIpvs(context, options, (ipvs) =>
    ipvs.snapshot({
      settings: timeouts || sysctls !== undefined,
      addresses: vips !== undefined,
    }),
  );
  if (vips !== undefined && snapshot.devices?.[vips] === undefined) {
    throw new Error(`--vips: there is no device ${vips}`);
  }
  const document = exportDocument(snapshot, {
    ...exportOptions(options),
    onOmitted: (omitted) => tellOmitted(context, omitted),
  });
  const text = await format(document, json === true);
  if (out === undefined) context.stdout.write(text);
  else await writePrivateFile(out, text);
}

function exportOptions({
  timeouts,
  sysctls,
  vips,
  allowNoScheduler,
}: ExportCommandOptions): ExportOptions {
  return {
    ...(timeouts === undefined ? {} : { timeouts }),
    ...(sysctls === undefined
      ? {}
      : { sysctls: sysctls === true ? 'all' : sysctls.split(',').map((name) => name.trim()) }),
    ...(vips === undefined ? {} : { vips }),
    ...(allowNoScheduler === undefined ? {} : { allowNoScheduler }),
  };
}

function tellOmitted(context: Context, { path, service, issues }: OmittedObject): void {
  const paint = makePaint(context, context.stderr);
  const errors = issues.filter(({ severity }) => severity === 'error');
  const why =
    errors.length === 0
      ? ['a document would mean another service by it']
      : errors.map(({ code, message }) => `${message} (${code})`);
  const name = service ?? path.slice(1).replaceAll('/', ' ');
  context.stderr.write(`${paint('yellow', 'left out')} ${name}: ${why.join('; ')}\n`);
}

async function format(document: Document, asJson: boolean): Promise<string> {
  if (asJson) return `${JSON.stringify(document, undefined, 2)}\n`;
  const { stringify } = await import('yaml');
  return stringify(document, { version: '1.2', lineWidth: 0, aliasDuplicateObjects: false });
}
