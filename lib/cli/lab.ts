/** What a command line says to the lab, as text. */
export interface LabWords {
  readonly kind?: string | undefined;
  readonly kernel?: string | undefined;
  readonly mem?: string | undefined;
  readonly timeout?: string | undefined;
  readonly env?: readonly string[] | undefined;
  readonly writable?: readonly string[] | undefined;
  /** With commas between; `false` for none. */
  readonly modules?: string | false | undefined;
  readonly keep?: boolean | undefined;
}

/** What the lab can be asked to do. */
export interface Lab<Request = unknown> {
  /** Throws for what makes no sense. */
  readRequest(
    words: LabWords,
    command: readonly string[],
    environment: Readonly<Record<string, string | undefined>>,
  ): Request;
  /** Runs a command; where the lab cannot run here, the error says why. */
  perform(request: Request): Promise<{ readonly status: number; readonly error?: Error }>;
  /** Exit statuses that are not the command's own. */
  readonly status: { readonly usage: number };
}

/** Loads the lab: plain JavaScript, which this project's own tests use as it is. */
export async function loadLab(): Promise<Lab> {
  const { lab } = await import(new URL('../../lab/command.js', import.meta.url).href);
  return lab as Lab;
}
