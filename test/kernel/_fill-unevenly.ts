import type { DestinationSpec, Ipvs, ServiceSpec } from 'ipvs';

/** Gives every service but the first destinations, not all the same ones. */
export async function fillUnevenly(
  ipvs: Ipvs,
  services: readonly ServiceSpec[],
  destinations: readonly DestinationSpec[],
): Promise<void> {
  await Promise.all(services.map((service) => ipvs.addService(service)));
  await Promise.all(
    services
      .slice(1)
      .flatMap((service, index) =>
        destinations.slice(index % 2).map((each) => ipvs.addDestination(service, each)),
      ),
  );
}
