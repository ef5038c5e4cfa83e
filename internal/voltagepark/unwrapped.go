package voltagepark

// Operations of the vendor that this client does not send, each with its reason.
//
//api:unwrapped POST /api/v1/virtual-machines/{virtual_machine_id}/port-forward: its body and answer are not known well enough; nothing is guessed
//api:unwrapped DELETE /api/v1/virtual-machines/{virtual_machine_id}/port-forward: its body and answer are not known well enough; nothing is guessed
//api:unwrapped GET /api/v1/bare-metal/detailed-locations: its body and answer are not known well enough; nothing is guessed
//api:unwrapped GET /api/v1/bare-metal/kubernetes: its body and answer are not known well enough; nothing is guessed
//api:unwrapped GET /api/v1/bare-metal/kubernetes/{cluster_id}/health: its body and answer are not known well enough; nothing is guessed
//api:unwrapped GET /api/v1/bare-metal/kubernetes/{cluster_id}/addons/{addon}: its body and answer are not known well enough; nothing is guessed
//api:unwrapped POST /api/v1/bare-metal/kubernetes/{cluster_id}/slurm-user: its body and answer are not known well enough; nothing is guessed
//api:unwrapped PATCH /api/v1/organization/: its body and answer are not known well enough; nothing is guessed
//api:unwrapped GET /api/v1/organization/address: its body and answer are not known well enough; nothing is guessed
//api:unwrapped PUT /api/v1/organization/address: its body and answer are not known well enough; nothing is guessed
//api:unwrapped PATCH /api/v1/storage/{storage_id}/nfs-squash: its body and answer are not known well enough; nothing is guessed
