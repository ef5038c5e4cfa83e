package gpcn

// Operations of the vendor that this client does not send, each with its reason. Those
// of VPCs (subnets, security groups, their public addresses) are not listed one by
// one.
//
//api:unwrapped GET /v1/resource/gpu/series: its route is a guess by analogy; no page or client of the vendor shows it
//api:unwrapped POST /v1/resource/gpu/bulk/start: its route is a guess by analogy; no page or client of the vendor shows it
//api:unwrapped POST /v1/resource/gpu/{id}/start: its route is a guess by analogy; no page or client of the vendor shows it
//api:unwrapped POST /v1/resource/gpu/{id}/stop: its route is a guess by analogy; no page or client of the vendor shows it
//api:unwrapped POST /v1/resource/gpu/{id}/reboot: its route is a guess by analogy; no page or client of the vendor shows it
//api:unwrapped POST /v1/resource/virtual-machines/{id}/reboot: its route is a guess by analogy; no page or client of the vendor shows it
//api:unwrapped POST /v1/resource/virtual-machines/bulk/start: its route is a guess by analogy; no page or client of the vendor shows it
//api:unwrapped POST /v1/resource/virtual-machines/bulk/stop: its route is a guess by analogy; no page or client of the vendor shows it
//api:unwrapped POST /v1/resource/virtual-machines/bulk/delete: its route is a guess by analogy; no page or client of the vendor shows it
//api:unwrapped GET /v1/resource/data-centers/{id}: its route is a guess by analogy; no page or client of the vendor shows it
//api:unwrapped GET /v1/resource/virtual-machines/{id}/ssh-key: of the API's first generation, which GPCN has replaced
//api:unwrapped GET /v1/resource/virtual-machines/{id}/password: of the API's first generation, which GPCN has replaced
//api:unwrapped GET /v1/resource/jobs/{id}: of the API's first generation, which GPCN has replaced
//api:unwrapped POST /v1/resource/jobs/batch: of the API's first generation, which GPCN has replaced
//api:unwrapped GET /v1/resource/data-centers/regions: of the API's first generation, which GPCN has replaced
//api:unwrapped GET /v1/resource/data-centers/countries: of the API's first generation, which GPCN has replaced
//api:unwrapped GET /v1/users/{id}/resource-groups: administration of users, which is no work for an agent
//api:unwrapped POST /v1/resource-groups/{id}/members: administration of users, which is no work for an agent
//api:unwrapped DELETE /v1/resource-groups/{id}/members: administration of users, which is no work for an agent
//api:unwrapped POST /v1/resource-groups/bulk/delete: administration of users, which is no work for an agent
//api:unwrapped POST /v1/resource-groups/bulk/add-members: administration of users, which is no work for an agent
//api:unwrapped GET /v1/resource/vpcs: of the networking that follows the documented API (VPCs), which tenants are moved to later
//api:unwrapped POST /v1/resource/vpcs: of the networking that follows the documented API (VPCs), which tenants are moved to later
//api:unwrapped GET /v1/resource/l2-segments: of the networking that follows the documented API (VPCs), which tenants are moved to later
//api:unwrapped POST /v1/resource/l2-segments: of the networking that follows the documented API (VPCs), which tenants are moved to later
//api:unwrapped GET /v1/auth/check: of the networking that follows the documented API (VPCs), which tenants are moved to later
