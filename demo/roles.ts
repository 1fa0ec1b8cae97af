/** What a server can be asked by the demonstration. */
export interface ServerRole {
  /** How many requests it has answered since this was last asked; health checks do not count. */
  countAnswers(): number;
  /** Lets the open download come to its end, and says what was sent. */
  finishDownload(): Promise<Download>;
}

/** What a client can be asked by the demonstration. */
export interface ClientRole {
  /** Makes requests one after the other, each with a connection of its own. */
  visit(url: string, times: number): Promise<Outcome[]>;
  /** Begins a download, and says which server answers. */
  beginDownload(url: string): Promise<string>;
  /** Waits for the end of the download, and says what arrived. */
  endDownload(): Promise<Download>;
}

/** How a request ended: who answered, or why nobody did (`ECONNREFUSED`, `HTTP 503`). */
export type Outcome = { readonly server: string } | { readonly error: string };

export interface Download {
  readonly server: string;
  readonly bytes: number;
  /** SHA-256 of the bytes. */
  readonly digest: string;
}
