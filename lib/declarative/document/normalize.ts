import type { DesiredState, NormalizeOptions } from '../../../types/document.js';
import type { Issue } from '../../../types/issue.js';
import { type CheckedDocument, checkDocument } from './check-document.js';
import { runInSlices, runSteps, type Steps } from './steps.js';
import { ValidationError } from './validation-error.js';

/**
 * Checks a document (what JSON or YAML was read into) and answers every error and warning, in the order in which what
 * they are about stands in the document; none when all is well. Reads and writes nothing.
 */
export function validate(document: unknown, options?: NormalizeOptions): Issue[] {
  return [...runSteps(checkDocument(document, options)).issues];
}

/**
 * The state that a document asks for, complete and canonical: every default filled in, every value in its one spelling,
 * services and destinations in canonical order whatever their order in the document. Reads and writes nothing.
 *
 * Throws {@link ValidationError}, which has every error, where there is one.
 */
export function normalize(document: unknown, options?: NormalizeOptions): DesiredState {
  return runSteps(normalizeSteps(document, options));
}

/** {@link normalize} without holding up the event loop. The document must not be changed meanwhile. */
export async function normalizeInSlices(
  document: unknown,
  options?: NormalizeOptions,
): Promise<DesiredState> {
  return runInSlices(normalizeSteps(document, options));
}

/** {@link normalize} in short steps. */
export function* normalizeSteps(
  document: unknown,
  options?: NormalizeOptions,
): Steps<DesiredState> {
  const { issues, state }: CheckedDocument = yield* checkDocument(document, options);
  if (state === undefined) throw new ValidationError(issues);
  return state;
}
