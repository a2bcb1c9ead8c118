/** What the store stands for words with, as its form says: a copy, so that nothing of the product is loaded to look at it. */

/** Each stands in the store as one control character, which JSON text never holds. */
export const SHORT_WORDS: readonly string[] = [
  ',"by":{"kind":"bot","worker":"',
  ',"by":{"kind":"person","user":"',
  '","via":"slack"},"event":{',
  '"},"event":{',
  '"type":"',
  '","type":"',
  '"evidence":[],"result":null,"step":"',
  '"evidence":[{"answered":"',
  '},{"answered":"',
  '","asked":"',
  '","at":',
  ',"good":true',
  ',"good":null',
  ',"nextAt":',
  ',"progress":null,"step":"',
  ',"until":',
  '","summary":"',
  '"step":"',
  '"attempt":1,"step":"',
  '{"status":"done","phase":"check","visit":',
  ',"begun":true,"startedAt":',
  ',"since":',
  ',"finishedAt":',
  ',"summary":"',
  ',"quorum":',
  ',"reasonRequired":',
];

/** In their order. The fifth and the sixth stand before the kind of an event. */
export const SHORT_CODES: readonly string[] = [
  ...'\x01\x02\x03\x04\x05\x06\x07\x08\x0b\x0c\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d',
];

/** What long texts are deflated with: what is met most stands last. */
export const DICTIONARY = [
  '"good":false,"result":null,"question":"captured":{"until":null,"resource":"field":"from":"to":"changes":[{"system":"dns",',
  '"resource":"{"system":"platform","resource":"{"system":"legacy","resource":"{"system":"carrier","resource":"","field":"ttl",',
  '"from":,"to":300},{"field":"values","from":["],"to":["lacking":[{"licence":"","users":[""values":["queues":[{"queue":"",',
  '"joined":["preflight":[{"id":"","system":"","state":"green","unknown","amber","red"{"name":"agents":[{"user":"","email":"",',
  '"station":"","location":"","extension":"","shift":"","groups":["","licence":"","phone":""regulated":false,"agents":[],',
  '"window":null,"policy":{"operators":["S0"],"approvers":["S0"],"quorum":1,"gates":{}},"dns":{"provider":"powerdns",',
  '"zone":"example.com","nameServers":[],"records":[]},"resolvers":[],"gateways":{"target":{"host":"sip.example.com",',
  '"port":5060,"transport":"udp"},"legacy":{"host":"sip.example.com","port":5060,"transport":"tls"}},',
  '"endpoints":{"retrySeconds":30,"registersPerSecond":10},"platform":{"kind":"genesys-cloud","organisation":"","site":"",',
  '"inboundTrunks":[],"failoverTrunks":[],"outboundRoutes":[],"queues":[],"allocation":{"table":"","row":""},"shadowFlow":"",',
  '"managementUnit":null,"licences":[]},"mirror":{"dids":[],"callerId":"","codecs":[],"maxConcurrentSessions":1},',
  '"legacy":{"trunks":[],"queues":[]},"crm":{"entry":""}},"limits":{"ttlSeconds":300,"ttlLeadMs":259200000,',
  '"licenceWaitMs":1800000,"licenceLeadMs":86400000,"shadowPercent":5,"shadowMs":14400000,"shadowTolerancePoints":3,',
  '"crmLatencyMs":5000,"propagationLagMs":900000,"resolverLocations":3,"cohortPercent":10,"minRegistered":10,',
  '"cohortRegisteredPercent":95,"stormLimitMs":3600000,"endpointRetrySeconds":30,"observeMs":1800000,"failurePercent":2,',
  '"minCalls":50,"crmSyncPercent":95,"gateOpenMs":86400000},"locks":["],"rollbackTrigger":null,"warnings":[],"hash":"',
  '{"wave":"-wave-1","recipe":"standard-site","site":{"site":"","name":"","timeZone":"America/","recipe":"standard-site",',
  '"steps":[{"id":"","kind":"provision-standby","title":"","gated":true,"changes":[],"expectedMs":60000,"undoMs":0,',
  '"deadlineMs":3600000,"http":null},{"id":"","kind":"","title":"","gated":false,"changes":[],"expectedMs":',
  '{"answered":"","asked":"","at":,"good":true},{"answered":"","asked":"","at":,"good":null},',
  ...SHORT_WORDS,
].join('');
