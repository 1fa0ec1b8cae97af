import type { Backend } from '../../types/backend.js';
import type { Ipvs } from '../kernel/ipvs.js';

/**
 * What metrics are read from: an `Ipvs`, or something that behaves like one. What it does not have is left out; a
 * `FakeKernel` for instance has services, destinations and timeouts.
 */
export interface MetricsSource
  extends Pick<Backend, 'snapshot'>,
    Partial<
      Pick<
        Ipvs,
        | 'capabilities'
        | 'connections'
        | 'cpuTotals'
        | 'info'
        | 'syncDaemons'
        | 'timeouts'
        | 'totals'
        | 'transport'
      >
    > {}
