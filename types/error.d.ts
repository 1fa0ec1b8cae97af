/** What a call was doing when it failed: one word for each method of `Ipvs`. */
export type Operation =
  | 'open'
  | 'get-info'
  | 'list-services'
  | 'get-service'
  | 'add-service'
  | 'set-service'
  | 'update-service'
  | 'remove-service'
  | 'list-destinations'
  | 'add-destination'
  | 'set-destination'
  | 'update-destination'
  | 'remove-destination'
  | 'flush'
  | 'zero'
  | 'get-timeouts'
  | 'set-timeouts';
