package hostup

// Operations of the vendor that this client does not send, or sends for no tool, each
// with its reason. There are also routes to restore or delete one backup, to apply
// credit to an invoice and for a console, which no source shows.
//
//api:unwrapped GET /api/v2/vps/metrics: only its name was seen, neither body nor answer; nothing is guessed
//api:unwrapped POST /api/v2/vps/{id}/actions/rebuild: only its name was seen, neither body nor answer; nothing is guessed
//api:unwrapped GET /api/v2/vps/{id}/ssh-password-login: only its name was seen, neither body nor answer; nothing is guessed
//api:unwrapped POST /api/v2/vps/{id}/actions/reset-ssh-keys: only its name was seen, neither body nor answer; nothing is guessed
//api:unwrapped DELETE /api/v2/vps/{id}/snapshots/{snapshotId}: only its name was seen, neither body nor answer; nothing is guessed
//api:unwrapped DELETE /api/v2/vps/{id}/snapshot-schedules: only its name was seen, neither body nor answer; nothing is guessed
//api:unwrapped GET /api/v2/vps/{id}/backup-schedules: only its name was seen, neither body nor answer; nothing is guessed
//api:unwrapped DELETE /api/v2/vps/{id}/backup-schedules/{scheduleId}: only its name was seen, neither body nor answer; nothing is guessed
//api:unwrapped GET /api/v2/vps/{id}/backups/restore-sources: only its name was seen, neither body nor answer; nothing is guessed
//api:unwrapped GET /api/v2/vps/{id}/disks: only its name was seen, neither body nor answer; nothing is guessed
//api:unwrapped POST /api/v2/ssh-keys: only its name was seen, neither body nor answer; nothing is guessed
//api:unwrapped DELETE /api/v2/ssh-keys/{id}: only its name was seen, neither body nor answer; nothing is guessed
//api:unwrapped GET /api/v2/orders: only its name was seen, neither body nor answer; nothing is guessed
//api:unwrapped POST /api/v2/billing/invoices/{id}/actions/pay: only its name was seen, neither body nor answer; nothing is guessed
//api:unwrapped POST /api/v2/billing/invoices/{id}/actions/resend-email: only its name was seen, neither body nor answer; nothing is guessed
//api:unwrapped GET /api/v2/billing/metered-usage: only its name was seen, neither body nor answer; nothing is guessed
//api:unwrapped GET /api/v2/billing/payment-methods/contacts: only its name was seen, neither body nor answer; nothing is guessed
//api:unwrapped POST /api/v2/billing/payment-methods/contacts: only its name was seen, neither body nor answer; nothing is guessed
//api:unwrapped DELETE /api/v2/billing/cards: only its name was seen, neither body nor answer; nothing is guessed
//api:unwrapped GET /api/v2/support/tickets: only its name was seen, neither body nor answer; nothing is guessed
//api:unwrapped POST /api/v2/support/tickets: only its name was seen, neither body nor answer; nothing is guessed
//api:unwrapped GET /api/v2/vps/{id}/snapshot-schedules: schedules are settings of the contract, left to the person
//api:unwrapped POST /api/v2/vps/{id}/snapshot-schedules: schedules are settings of the contract, left to the person
//api:unwrapped POST /api/v2/vps/{id}/backup-schedules: schedules are settings of the contract, left to the person
//api:unwrapped PATCH /api/v2/vps/{id}/backup-schedules: schedules are settings of the contract, left to the person
//api:unwrapped PATCH /api/v2/vps/{id}/ssh-password-login: its answer is known in part only; nothing is guessed
//api:unwrapped POST /api/v2/vps/{id}/network: its answer is known in part only; nothing is guessed
//api:unwrapped POST /api/v2/vps/payg/limits/requests: its answer is known in part only; nothing is guessed
//api:unwrapped GET /api/v2/vps/{id}/storage-quota: its answer is known in part only; nothing is guessed
//api:unwrapped POST /api/v2/vps/{id}/actions/renew: it changes a plan with a fixed price per billing cycle, which is left to the person
//api:unwrapped GET /api/v2/vps/{id}/actions/upgrade: it changes a plan with a fixed price per billing cycle, which is left to the person
//api:unwrapped POST /api/v2/vps/{id}/actions/upgrade: it changes a plan with a fixed price per billing cycle, which is left to the person
//api:unwrapped POST /api/v2/vps/{id}/actions/config: it changes a plan with a fixed price per billing cycle, which is left to the person
//api:unwrapped GET /api/v2/vps/{id}/actions/billing-cycle: it changes a plan with a fixed price per billing cycle, which is left to the person
//api:unwrapped POST /api/v2/vps/{id}/actions/billing-cycle: it changes a plan with a fixed price per billing cycle, which is left to the person
//api:unwrapped GET /api/v2/vps/{id}/actions/convert-to-cloud: it changes a plan with a fixed price per billing cycle, which is left to the person
//api:unwrapped POST /api/v2/vps/{id}/actions/convert-to-cloud: it changes a plan with a fixed price per billing cycle, which is left to the person
//api:unwrapped POST /api/v2/vps/{id}/backups/{backupId}/actions/restore-to-payg: it makes a machine that is billed, and its answer was not seen; nothing is guessed
//api:unwrapped POST /api/v2/vps/{id}/actions/add-disk: disks and ISO images are left to the person
//api:unwrapped POST /api/v2/vps/{id}/actions/resize-disk: disks and ISO images are left to the person
//api:unwrapped GET /api/v2/vps/{id}/iso: disks and ISO images are left to the person
//api:unwrapped POST /api/v2/orders/preview: orders and their invoices are left to the person
//api:unwrapped POST /api/v2/orders: orders and their invoices are left to the person
//api:unwrapped GET /api/v2/orders/{id}: orders and their invoices are left to the person
//api:unwrapped POST /api/v2/orders/{id}/actions/cancel: orders and their invoices are left to the person
//api:unwrapped GET /api/v2/billing/invoices: orders and their invoices are left to the person
//api:unwrapped GET /api/v2/billing/invoices/{id}: orders and their invoices are left to the person
//api:unwrapped POST /api/v2/billing/invoices/{id}/actions/generate-payment-link: paying and payment methods are left to the person
//api:unwrapped POST /api/v2/billing/credit/actions/add-funds: paying and payment methods are left to the person
//api:unwrapped GET /api/v2/billing/cards: paying and payment methods are left to the person
//api:unwrapped POST /api/v2/billing/cards: paying and payment methods are left to the person
//api:unwrapped GET /api/v2/me: the account and its preferences are left to the person
//api:unwrapped PATCH /api/v2/me: the account and its preferences are left to the person
//api:unwrapped GET /api/v2/me/preferences: the account and its preferences are left to the person
//api:unwrapped PATCH /api/v2/me/preferences: the account and its preferences are left to the person
//api:unwrapped GET /api/v2/me/preferences/peppol: the account and its preferences are left to the person
//api:unwrapped PATCH /api/v2/me/preferences/peppol: the account and its preferences are left to the person
//api:unwrapped GET /api/v2/domains: domains and DNS are no machines; left out
//api:unwrapped GET /api/v2/domains/{id}: domains and DNS are no machines; left out
//api:unwrapped GET /api/v2/domains/availability: domains and DNS are no machines; left out
//api:unwrapped POST /api/v2/domains/availability: domains and DNS are no machines; left out
//api:unwrapped GET /api/v2/domains/{id}/nameservers: domains and DNS are no machines; left out
//api:unwrapped POST /api/v2/domains/{id}/nameservers: domains and DNS are no machines; left out
//api:unwrapped GET /api/v2/domains/{id}/dns: domains and DNS are no machines; left out
//api:unwrapped POST /api/v2/domains/{id}/actions/renew: domains and DNS are no machines; left out
//api:unwrapped GET /api/v2/domains/{id}/billing-cycle: domains and DNS are no machines; left out
//api:unwrapped POST /api/v2/domains/{id}/billing-cycle: domains and DNS are no machines; left out
//api:unwrapped GET /api/v2/domains/{id}/renewal: domains and DNS are no machines; left out
//api:unwrapped GET /api/v2/domains/{id}/contacts: domains and DNS are no machines; left out
//api:unwrapped PUT /api/v2/domains/{id}/contacts: domains and DNS are no machines; left out
//api:unwrapped POST /api/v2/domains/{id}/actions/request-epp: domains and DNS are no machines; left out
//api:unwrapped POST /api/v2/domains/{id}/actions/status-sync: domains and DNS are no machines; left out
//api:unwrapped GET /api/v2/domains/{id}/dnssec: domains and DNS are no machines; left out
//api:unwrapped POST /api/v2/domains/{id}/dnssec: domains and DNS are no machines; left out
//api:unwrapped GET /api/v2/domains/{id}/dnssec-auto: domains and DNS are no machines; left out
//api:unwrapped POST /api/v2/domains/{id}/dnssec-auto: domains and DNS are no machines; left out
//api:unwrapped GET /api/v2/dns-zones: domains and DNS are no machines; left out
//api:unwrapped GET /api/v2/dns-zones/{id}: domains and DNS are no machines; left out
//api:unwrapped GET /api/v2/dns-zones/{id}/records: domains and DNS are no machines; left out
//api:unwrapped POST /api/v2/dns-zones/{id}/records: domains and DNS are no machines; left out
//api:unwrapped PUT /api/v2/dns-zones/{id}/records/{recordId}: domains and DNS are no machines; left out
//api:unwrapped DELETE /api/v2/dns-zones/{id}/records/{recordId}: domains and DNS are no machines; left out
//api:unwrapped GET /api/v2/products/domains: domains and DNS are no machines; left out
//api:unwrapped GET /api/v2/products/domains/{tld}: domains and DNS are no machines; left out
