import type { Timeouts } from '../../types/config.js';
import { present, throwingReport } from '../model/report.js';
import { checkTimeouts } from '../model/timeouts.js';
import type { Records } from './records/records.js';
import type { ReadRequest, WriteRequest } from './request.js';

// Requests about the kernel's IPVS as a whole.

export const infoRequest: ReadRequest = {
  subject: { operation: 'get-info' },
  table: 'info',
  fill: undefined,
};

export const timeoutsRequest: ReadRequest = {
  subject: { operation: 'get-timeouts' },
  table: 'timeouts',
  fill: undefined,
};

export function setTimeoutsRequest(timeouts: Partial<Timeouts>, records: Records): WriteRequest {
  const checked = present(checkTimeouts(timeouts, throwingReport, ''));
  return {
    subject: { operation: 'set-timeouts' },
    command: 'setTimeouts',
    fill: (request, offset) => records.writeTimeouts(request, offset, checked),
  };
}
