/** The lab cannot run here; the message says why and what would help. */
export class LabUnavailableError extends Error {
  /** @override */
  name = 'LabUnavailableError';
}
