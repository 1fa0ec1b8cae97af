/** How an operation came out that was not refused for good. */
export interface Done {
  readonly status: 'ok' | 'noop';
  /** Somebody else had changed the same thing. */
  readonly drift?: true;
}

/** What an operation is carried out in. */
export interface Circumstances {
  /** An earlier attempt may have taken effect although its answer was lost. */
  readonly isRepeated: boolean;
  /** Of a destination: whether its service, which was sent before it in the same phase, came to be. */
  readonly created?: Promise<boolean> | undefined;
}

export const ok: Done = { status: 'ok' };
export const noop: Done = { status: 'noop' };
export const drifted: Done = { status: 'ok', drift: true };
export const noopAfterDrift: Done = { status: 'noop', drift: true };

/**
 * After what another program did meanwhile: it is so now, or that program keeps undoing it. Then nothing was done here,
 * and the next round plans afresh.
 */
export function afterDrift(stays: boolean): Done {
  return stays ? drifted : noopAfterDrift;
}
