// The types of TypeDoc's highlighter name what only those of browsers declare.
declare namespace WebAssembly {
  type ImportValue = unknown;
  interface Instance {
    readonly exports: Readonly<Record<string, unknown>>;
  }
  interface WebAssemblyInstantiatedSource {
    readonly instance: Instance;
  }
}
