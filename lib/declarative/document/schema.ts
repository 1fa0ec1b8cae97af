import type { Timeouts } from '../../../types/config.js';
import type {
  DestinationKey,
  DestinationSettings,
  TunnelSpec,
} from '../../../types/destination.js';
import type {
  Document,
  DrainPolicy,
  ServiceEntryExtras,
  VipSpec,
} from '../../../types/document.js';
import type {
  AddressServiceKey,
  FwmarkServiceKey,
  PersistenceSpec,
  ServiceSettings,
} from '../../../types/service.js';
import { defaultWeight } from '../../model/destination.js';
import { upperField, weightField } from '../../model/destination-settings.js';
import { longestDeviceName } from '../../model/device-name.js';
import { highestPort } from '../../model/endpoint.js';
import { defaultForward, forwardSpellings } from '../../model/forwarding.js';
import { defaultTimeout, timeoutField } from '../../model/persistence.js';
import { protocols } from '../../model/protocol.js';
import { defaultScheduler, moduleNamePattern } from '../../model/scheduler.js';
import { schedulerFlagBits } from '../../model/scheduler-flags.js';
import { fwmarkField, portField } from '../../model/service-identity.js';
import { sysctlNamePattern, sysctlNames, sysctlRule, unknownSysctl } from '../../model/sysctls.js';
import { timeoutFields } from '../../model/timeouts.js';
import { defaultTunnel, tunnelChecksums, tunnelTypes } from '../../model/tunnel.js';
import { tunnelPortField } from '../../model/tunnel-parts.js';
import type { NumberField } from '../../model/whole-number.js';
import { absentFields } from './absent-entry.js';
import { mostServices } from './check-document.js';
import { mostDestinations } from './destination-list.js';
import { defaultDrainPolicy, drainTimes, drainWords } from './drain-policy.js';
import { durationPattern } from './duration.js';
import { ignoredFields, longestName, mostIgnored, presences } from './entry-fields.js';
import {
  fieldsOf,
  type JsonSchema,
  type JsonSchemaDocument,
  objectWith,
  textLike,
  wholeNumber,
} from './json-schema.js';
import { mostAddresses, vipOwners } from './vips.js';

const rangeOf = ({ lowest, highest }: NumberField) => wholeNumber(lowest, highest);

const scheduler: JsonSchema = {
  doc: ['Scheduler'],
  ...textLike(moduleNamePattern),
  default: defaultScheduler,
};

const forward: JsonSchema = {
  doc: ['Forward'],
  enum: [...forwardSpellings.keys()],
  default: defaultForward,
};

const weight: JsonSchema = { ...rangeOf(weightField), default: defaultWeight };

const address: JsonSchema = { doc: ['Address'], ...textLike(/^[0-9A-Fa-f:.]{2,45}$/) };

const family: JsonSchema = { enum: ['ipv4', 'ipv6'], default: 'ipv4' };

const protocol: JsonSchema = {
  doc: ['Protocol'],
  anyOf: [
    { enum: [...Object.keys(protocols), ...Object.values(protocols)] },
    textLike(/^([Tt][Cc][Pp]|[Uu][Dd][Pp]|[Ss][Cc][Tt][Pp])$/),
  ],
};

const persistence: JsonSchema = {
  anyOf: [
    { type: 'boolean' },
    objectWith(
      fieldsOf<PersistenceSpec>('PersistenceSpec', {
        timeout: { ...rangeOf(timeoutField), default: defaultTimeout },
        netmask: { anyOf: [wholeNumber(1, 128), textLike(/^\d{1,3}(\.\d{1,3}){3}$/)] },
        engine: textLike(moduleNamePattern),
      }),
    ),
  ],
  default: false,
};

const tunnel = objectWith(
  fieldsOf<TunnelSpec>('TunnelSpec', {
    type: { doc: ['TunnelType'], enum: Object.keys(tunnelTypes), default: defaultTunnel.type },
    port: rangeOf(tunnelPortField),
    checksum: { enum: Object.keys(tunnelChecksums), default: defaultTunnel.checksum },
  }),
);

const destination = objectWith(
  {
    ...fieldsOf<DestinationKey>('DestinationKey', { address, port: wholeNumber(0, highestPort) }),
    ...fieldsOf<DestinationSettings>('DestinationSettings', {
      forward,
      weight,
      upperThreshold: { ...rangeOf(upperField), default: 0 },
      lowerThreshold: { ...rangeOf(upperField), default: 0 },
      tunnel,
    }),
  },
  { title: 'Destination', doc: ['DestinationSpec'], required: ['address'] },
);

function durationWithin({ lowest, highest }: { lowest: number; highest: number }): JsonSchema {
  return { anyOf: [wholeNumber(lowest, highest), textLike(durationPattern)] };
}

const drain = objectWith(
  fieldsOf<DrainPolicy>('DrainPolicy', {
    mode: { enum: drainWords.mode, default: defaultDrainPolicy.mode },
    until: { enum: drainWords.until, default: defaultDrainPolicy.until },
    deadline: { ...durationWithin(drainTimes.deadline), default: defaultDrainPolicy.deadline },
    poll: { ...durationWithin(drainTimes.poll), default: defaultDrainPolicy.poll },
    udp: { enum: drainWords.udp, default: defaultDrainPolicy.udp },
    hash: { enum: drainWords.hash, default: defaultDrainPolicy.hash },
  }),
  { title: 'Drain policy', doc: ['DrainPolicy'] },
);

const byAddress = ['protocol', 'address', 'port'];
const byMark = ['fwmark'];
const anyFieldOf = (names: readonly string[]): JsonSchema => ({
  anyOf: names.map((name) => ({ required: [name] })),
});

const service = objectWith(
  {
    ...fieldsOf<AddressServiceKey>('AddressServiceKey', {
      protocol,
      address,
      port: rangeOf(portField),
    }),
    ...fieldsOf<FwmarkServiceKey>('FwmarkServiceKey', { fwmark: rangeOf(fwmarkField), family }),
    ...fieldsOf<ServiceSettings>('ServiceSettings', {
      scheduler,
      schedulerFlags: {
        doc: ['SchedulerFlag'],
        type: 'array',
        items: { enum: Object.keys(schedulerFlagBits) },
        maxItems: Object.keys(schedulerFlagBits).length,
      },
      persistence,
      onePacket: { type: 'boolean', default: false },
    }),
    ...fieldsOf<ServiceEntryExtras>('ServiceEntryExtras', {
      name: { type: 'string', minLength: 1, maxLength: longestName },
      drain: { $ref: '#/definitions/drain' },
      ignore: { type: 'array', items: { enum: ignoredFields }, maxItems: mostIgnored },
      ensure: { enum: presences, default: 'present' },
      destinations: {
        type: 'array',
        items: { $ref: '#/definitions/destination' },
        maxItems: mostDestinations,
      },
    }),
  },
  {
    title: 'Service',
    doc: ['ServiceEntry'],
    oneOf: [
      { required: byAddress, not: anyFieldOf([...byMark, 'family']) },
      { required: byMark, not: anyFieldOf(byAddress) },
    ],
    if: { properties: { ensure: { const: 'absent' } }, required: ['ensure'] },
    // biome-ignore lint/suspicious/noThenProperty: the word is JSON Schema's.
    then: { propertyNames: { enum: absentFields } },
  },
);

const vips = objectWith(
  fieldsOf<VipSpec>('VipSpec', {
    device: { type: 'string', minLength: 1, maxLength: longestDeviceName },
    create: { type: 'boolean', default: true },
    bind: {
      anyOf: [{ const: 'services' }, { type: 'array', items: address, maxItems: mostAddresses }],
      default: 'services',
    },
    own: { enum: vipOwners, default: 'device' },
  }),
  { required: ['device'] },
);

const timeouts = objectWith(
  fieldsOf<Timeouts>('Timeouts', {
    tcp: rangeOf(timeoutFields.tcp),
    tcpFin: rangeOf(timeoutFields.tcpFin),
    udp: rangeOf(timeoutFields.udp),
  }),
  { minProperties: 1 },
);

const sysctls: JsonSchema = {
  type: 'object',
  propertyNames: textLike(sysctlNamePattern),
  properties: Object.fromEntries(
    sysctlNames.map((name) => [name, { doc: [`SysctlValues.${name}`], ...sysctlValue(name) }]),
  ),
  additionalProperties: wholeNumber(...(unknownSysctl.form.range ?? [0, 0])),
};

function sysctlValue(name: string): JsonSchema {
  const range = sysctlRule(name)?.form.range;
  if (range !== undefined) return wholeNumber(...range);
  const number: JsonSchema = { type: 'integer', minimum: 0 };
  return {
    anyOf: [number, { type: 'string' }, { type: 'array', items: number, minItems: 2, maxItems: 2 }],
  };
}

/**
 * The schema of documents. What `validate` takes, it takes; rules that tie one field to another are mostly beyond
 * it.
 */
export const documentSchema: JsonSchemaDocument = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'IPVS document',
  ...objectWith(
    fieldsOf<Document>('Document', {
      version: { const: 1 },
      defaults: objectWith(
        fieldsOf<Required<Document>['defaults']>('Document.defaults', {
          scheduler,
          forward,
          weight,
        }),
      ),
      services: {
        type: 'array',
        items: { $ref: '#/definitions/service' },
        maxItems: mostServices,
      },
      vips,
      timeouts,
      sysctls,
    }),
    { doc: ['Document'], required: ['version', 'services'] },
  ),
  definitions: { service, destination, drain },
};
