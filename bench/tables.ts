import type { Document } from 'ipvs';

/** How large a table is. Its services and destinations are those of limit/limit.c. */
export interface Size {
  readonly services: number;
  /** Of each service. */
  readonly destinations: number;
}

export function serviceAddress(index: number): string {
  return `10.${9 + (index >> 14)}.${(index >> 8) & 63}.${index & 255}`;
}

export function destinationAddress(index: number): string {
  return `10.${100 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`;
}

/** Objects in a table. */
export function objectsIn({ services, destinations }: Size): number {
  return services * (destinations + 1);
}

/** The table as a document; the first `changed` services give their destinations the weight 7. */
export function makeDocument({ services, destinations }: Size, changed = 0): Document {
  return {
    version: 1,
    services: Array.from({ length: services }, (_, index) => ({
      protocol: 'tcp' as const,
      address: serviceAddress(index),
      port: 80,
      destinations: Array.from({ length: destinations }, (_, each) => ({
        address: destinationAddress(each),
        weight: index < changed ? 7 : 1,
      })),
    })),
  };
}

/** The table as `ipvsadm -R` reads it. */
export function makeRules({ services, destinations }: Size): string {
  const lines: string[] = [];
  for (let index = 0; index < services; index += 1) {
    const service = `-t ${serviceAddress(index)}:80`;
    lines.push(`-A ${service} -s wlc`);
    for (let each = 0; each < destinations; each += 1) {
      lines.push(`-a ${service} -r ${destinationAddress(each)}:80 -m -w 1`);
    }
  }
  return `${lines.join('\n')}\n`;
}

/** What `ipvsadm -R` reads to give the destinations of the first services another weight. */
export function makeChanges({ destinations }: Size, services: number, weight: number): string {
  const lines: string[] = [];
  for (let index = 0; index < services; index += 1) {
    for (let each = 0; each < destinations; each += 1) {
      const destination = `-r ${destinationAddress(each)}:80 -m -w ${weight}`;
      lines.push(`-e -t ${serviceAddress(index)}:80 ${destination}`);
    }
  }
  return `${lines.join('\n')}\n`;
}
