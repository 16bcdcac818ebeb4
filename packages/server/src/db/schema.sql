CREATE TABLE "accounts" (
  "id" integer primary key autoincrement,
  "email" text not null unique,
  "first_name" text not null,
  "last_name" text not null,
  "company_name" text not null,
  "created_at" bigint not null,
  "quota_servers" integer,
  "quota_snapshots" integer,
  "quota_bytes" bigint,
  "deleted_at" bigint
);

CREATE TABLE "tokens" (
  "id" integer primary key autoincrement,
  "account_id" bigint not null references "accounts" ("id"),
  "name" text not null,
  "digest" text not null unique,
  "permissions" text not null,
  "created_at" bigint not null,
  "expires_at" bigint,
  "last_used_at" bigint
);

CREATE TABLE "layers" (
  "id" integer primary key autoincrement,
  "account_id" bigint references "accounts" ("id"),
  "parent_id" bigint references "layers" ("id"),
  "size_bytes" bigint not null,
  "format" text not null,
  "file" text,
  "is_image" integer not null,
  "state" text not null,
  "created_at" bigint not null,
  "server_id" bigint
);

CREATE TABLE "images" (
  "id" integer primary key autoincrement,
  "name" text not null,
  "os_name" text not null,
  "kernel" text,
  "created_at" bigint not null,
  "status" text default 'available' not null,
  "cloud_init" integer default 0 not null,
  "operation_id" bigint,
  "deleted_at" bigint,
  "layer_id" bigint references "layers" ("id")
);

CREATE TABLE "servers" (
  "id" integer primary key autoincrement,
  "account_id" bigint not null references "accounts" ("id"),
  "uuid" text not null unique,
  "name" text not null,
  "hostname" text not null,
  "location" text not null,
  "status" text not null,
  "status_reason" text,
  "image_id" bigint not null references "images" ("id"),
  "plan_name" text not null,
  "vcpus" integer not null,
  "memory_mb" integer not null,
  "storage_gb" integer not null,
  "ip_address" text,
  "created_at" bigint not null,
  "updated_at" bigint not null,
  "firmware" text default 'bios' not null,
  "network" text default 'none' not null,
  "mac" text,
  "generation_id" text,
  "instance_id" text,
  "cloud_init" text,
  "autostart" integer default 1 not null,
  "cloned_from" bigint,
  "quarantined_at" bigint,
  "deleted_at" bigint
);

CREATE TABLE "disks" (
  "id" integer primary key autoincrement,
  "server_id" bigint not null references "servers" ("id"),
  "slot" integer not null,
  "active_layer_id" bigint not null references "layers" ("id"),
  "role" text default 'disk' not null,
  constraint "disks_slot" unique ("server_id", "slot")
);

CREATE TABLE "operations" (
  "id" integer primary key autoincrement,
  "account_id" bigint not null references "accounts" ("id"),
  "kind" text not null,
  "lane" text not null,
  "server_id" bigint,
  "snapshot_id" bigint,
  "input" text not null,
  "output" text not null,
  "status" text not null,
  "direction" text not null,
  "step" text,
  "progress" double precision not null,
  "attempts" integer not null,
  "waits_for" text,
  "run_after" bigint not null,
  "cancel_requested_at" bigint,
  "lease_owner" text,
  "lease_until" bigint,
  "fence" bigint not null,
  "deadline_at" bigint,
  "error_code" text,
  "error_detail" text,
  "created_at" bigint not null,
  "started_at" bigint,
  "ended_at" bigint,
  "image_id" bigint
);

CREATE UNIQUE INDEX "operations_one_running_a_lane" on "operations" ("lane") where "status" = 'running';

CREATE INDEX "operations_by_status" on "operations" ("status", "run_after");

CREATE INDEX "operations_by_account" on "operations" ("account_id", "id");

CREATE TABLE "operation_events" (
  "id" integer primary key autoincrement,
  "operation_id" bigint not null references "operations" ("id"),
  "fence" bigint not null,
  "at" bigint not null,
  "event" text not null,
  "step" text,
  "data" text
);

CREATE INDEX "operation_events_by_operation" on "operation_events" ("operation_id");

CREATE TABLE "snapshots" (
  "id" integer primary key autoincrement,
  "account_id" bigint not null references "accounts" ("id"),
  "server_id" bigint not null references "servers" ("id"),
  "operation_id" bigint references "operations" ("id"),
  "name" text not null,
  "description" text not null,
  "status" text not null,
  "size_mb" bigint,
  "receipt" text,
  "created_at" bigint not null,
  "ended_at" bigint,
  "deleted_at" bigint
);

CREATE INDEX "snapshots_by_account" on "snapshots" ("account_id", "deleted_at", "id");

CREATE INDEX "snapshots_by_server" on "snapshots" ("server_id", "deleted_at", "id");

CREATE TABLE "snapshot_layers" (
  "snapshot_id" bigint not null references "snapshots" ("id"),
  "disk_id" bigint not null references "disks" ("id"),
  "slot" integer not null,
  "layer_id" bigint not null references "layers" ("id"),
  constraint "snapshot_layers_key" primary key ("snapshot_id", "disk_id")
);

CREATE INDEX "snapshot_layers_by_layer" on "snapshot_layers" ("layer_id");

CREATE TABLE "undo_points" (
  "id" integer primary key autoincrement,
  "server_id" bigint not null references "servers" ("id"),
  "operation_id" bigint not null references "operations" ("id"),
  "created_at" bigint not null,
  "expires_at" bigint not null
);

CREATE TABLE "undo_layers" (
  "undo_point_id" bigint not null references "undo_points" ("id") on delete cascade,
  "disk_id" bigint not null references "disks" ("id"),
  "slot" integer not null,
  "layer_id" bigint not null references "layers" ("id"),
  constraint "undo_layers_key" primary key ("undo_point_id", "disk_id")
);

CREATE TABLE "layer_leases" (
  "layer_id" bigint not null references "layers" ("id"),
  "operation_id" bigint not null references "operations" ("id"),
  "mode" text not null,
  constraint "layer_leases_key" primary key ("layer_id", "operation_id")
);

CREATE UNIQUE INDEX "layer_leases_one_merge" on "layer_leases" ("layer_id") where "mode" = 'merge';

CREATE TABLE "idempotency_keys" (
  "account_id" bigint not null references "accounts" ("id"),
  "route" text not null,
  "key" text not null,
  "request_digest" text not null,
  "status" integer not null,
  "body" text,
  "operation_id" bigint,
  "created_at" bigint not null,
  constraint "idempotency_keys_key" primary key ("account_id", "route", "key")
);

CREATE TABLE "forwarded_ports" (
  "host_port" integer primary key,
  "server_id" bigint not null references "servers" ("id"),
  "guest_port" integer not null
);

CREATE TABLE "hosts" (
  "id" text primary key,
  "created_at" bigint not null
);

CREATE TABLE "events" (
  "id" integer primary key autoincrement,
  "account_id" bigint,
  "permission" text not null,
  "noun" text not null,
  "object_id" bigint not null,
  "server_id" bigint,
  "change" text not null,
  "at" bigint not null,
  "status" text,
  "step" text,
  "progress" double precision
);

CREATE TRIGGER account_created after insert on accounts
when new.deleted_at is null
begin
insert into events (account_id, permission, noun, object_id, server_id, change, at)
values (null, 'admin', 'account', new.id, null, 'created', cast(unixepoch('subsec') * 1000 as integer));
end;

CREATE TRIGGER account_changed after update on accounts
when old.deleted_at is null and (new.email is distinct from old.email
  or new.first_name is distinct from old.first_name
  or new.last_name is distinct from old.last_name
  or new.company_name is distinct from old.company_name
  or new.quota_servers is distinct from old.quota_servers
  or new.quota_snapshots is distinct from old.quota_snapshots
  or new.quota_bytes is distinct from old.quota_bytes
  or new.deleted_at is distinct from old.deleted_at)
begin
insert into events (account_id, permission, noun, object_id, server_id, change, at)
values (null, 'admin', 'account', new.id, null, case when new.deleted_at is null then 'updated' else 'deleted' end, cast(unixepoch('subsec') * 1000 as integer));
end;

CREATE TRIGGER account_removed after delete on accounts
when old.deleted_at is null
begin
insert into events (account_id, permission, noun, object_id, server_id, change, at)
values (null, 'admin', 'account', old.id, null, 'deleted', cast(unixepoch('subsec') * 1000 as integer));
end;

CREATE TRIGGER token_created after insert on tokens
when true
begin
insert into events (account_id, permission, noun, object_id, server_id, change, at)
values (new.account_id, 'tokens:write', 'token', new.id, null, 'created', cast(unixepoch('subsec') * 1000 as integer));
end;

CREATE TRIGGER token_changed after update on tokens
when new.name is distinct from old.name
  or new.permissions is distinct from old.permissions
  or new.expires_at is distinct from old.expires_at
begin
insert into events (account_id, permission, noun, object_id, server_id, change, at)
values (new.account_id, 'tokens:write', 'token', new.id, null, 'updated', cast(unixepoch('subsec') * 1000 as integer));
end;

CREATE TRIGGER token_removed after delete on tokens
when true
begin
insert into events (account_id, permission, noun, object_id, server_id, change, at)
values (old.account_id, 'tokens:write', 'token', old.id, null, 'deleted', cast(unixepoch('subsec') * 1000 as integer));
end;

CREATE TRIGGER image_created after insert on images
when new.deleted_at is null
begin
insert into events (account_id, permission, noun, object_id, server_id, change, at)
values (null, 'servers:read', 'image', new.id, null, 'created', cast(unixepoch('subsec') * 1000 as integer));
end;

CREATE TRIGGER image_changed after update on images
when old.deleted_at is null and (new.name is distinct from old.name
  or new.os_name is distinct from old.os_name
  or new.status is distinct from old.status
  or new.cloud_init is distinct from old.cloud_init
  or new.layer_id is distinct from old.layer_id
  or new.operation_id is distinct from old.operation_id
  or new.deleted_at is distinct from old.deleted_at)
begin
insert into events (account_id, permission, noun, object_id, server_id, change, at)
values (null, 'servers:read', 'image', new.id, null, case when new.deleted_at is null then 'updated' else 'deleted' end, cast(unixepoch('subsec') * 1000 as integer));
end;

CREATE TRIGGER image_removed after delete on images
when old.deleted_at is null
begin
insert into events (account_id, permission, noun, object_id, server_id, change, at)
values (null, 'servers:read', 'image', old.id, null, 'deleted', cast(unixepoch('subsec') * 1000 as integer));
end;

CREATE TRIGGER server_created after insert on servers
when new.deleted_at is null
begin
insert into events (account_id, permission, noun, object_id, server_id, change, at)
values (new.account_id, 'servers:read', 'server', new.id, new.id, 'created', cast(unixepoch('subsec') * 1000 as integer));
end;

CREATE TRIGGER server_changed after update on servers
when old.deleted_at is null and (new.name is distinct from old.name
  or new.hostname is distinct from old.hostname
  or new.location is distinct from old.location
  or new.status is distinct from old.status
  or new.status_reason is distinct from old.status_reason
  or new.plan_name is distinct from old.plan_name
  or new.vcpus is distinct from old.vcpus
  or new.memory_mb is distinct from old.memory_mb
  or new.storage_gb is distinct from old.storage_gb
  or new.ip_address is distinct from old.ip_address
  or new.updated_at is distinct from old.updated_at
  or new.network is distinct from old.network
  or new.mac is distinct from old.mac
  or new.autostart is distinct from old.autostart
  or new.quarantined_at is distinct from old.quarantined_at
  or new.deleted_at is distinct from old.deleted_at)
begin
insert into events (account_id, permission, noun, object_id, server_id, change, at)
values (new.account_id, 'servers:read', 'server', new.id, new.id, case when new.deleted_at is null then 'updated' else 'deleted' end, cast(unixepoch('subsec') * 1000 as integer));
end;

CREATE TRIGGER server_removed after delete on servers
when old.deleted_at is null
begin
insert into events (account_id, permission, noun, object_id, server_id, change, at)
values (old.account_id, 'servers:read', 'server', old.id, old.id, 'deleted', cast(unixepoch('subsec') * 1000 as integer));
end;

CREATE TRIGGER snapshot_created after insert on snapshots
when new.deleted_at is null
begin
insert into events (account_id, permission, noun, object_id, server_id, change, at)
values (new.account_id, 'snapshots:read', 'snapshot', new.id, new.server_id, 'created', cast(unixepoch('subsec') * 1000 as integer));
end;

CREATE TRIGGER snapshot_changed after update on snapshots
when old.deleted_at is null and (new.name is distinct from old.name
  or new.description is distinct from old.description
  or new.status is distinct from old.status
  or new.size_mb is distinct from old.size_mb
  or new.receipt is distinct from old.receipt
  or new.deleted_at is distinct from old.deleted_at)
begin
insert into events (account_id, permission, noun, object_id, server_id, change, at)
values (new.account_id, 'snapshots:read', 'snapshot', new.id, new.server_id, case when new.deleted_at is null then 'updated' else 'deleted' end, cast(unixepoch('subsec') * 1000 as integer));
end;

CREATE TRIGGER snapshot_removed after delete on snapshots
when old.deleted_at is null
begin
insert into events (account_id, permission, noun, object_id, server_id, change, at)
values (old.account_id, 'snapshots:read', 'snapshot', old.id, old.server_id, 'deleted', cast(unixepoch('subsec') * 1000 as integer));
end;

CREATE TRIGGER operation_created after insert on operations
when true
begin
insert into events (account_id, permission, noun, object_id, server_id, change, at, status, step, progress)
values (new.account_id, case when new.image_id is null then 'servers:read' else 'admin' end, 'operation', new.id, new.server_id, 'created', cast(unixepoch('subsec') * 1000 as integer), new.status, new.step, new.progress);
end;

CREATE TRIGGER operation_changed after update on operations
when new.status is distinct from old.status
  or new.step is distinct from old.step
  or new.progress is distinct from old.progress
  or new.attempts is distinct from old.attempts
  or new.waits_for is distinct from old.waits_for
  or new.error_code is distinct from old.error_code
  or new.error_detail is distinct from old.error_detail
begin
insert into events (account_id, permission, noun, object_id, server_id, change, at, status, step, progress)
values (new.account_id, case when new.image_id is null then 'servers:read' else 'admin' end, 'operation', new.id, new.server_id, 'updated', cast(unixepoch('subsec') * 1000 as integer), new.status, new.step, new.progress);
end;

CREATE TRIGGER operation_removed after delete on operations
when true
begin
insert into events (account_id, permission, noun, object_id, server_id, change, at, status, step, progress)
values (old.account_id, case when old.image_id is null then 'servers:read' else 'admin' end, 'operation', old.id, old.server_id, 'deleted', cast(unixepoch('subsec') * 1000 as integer), old.status, old.step, old.progress);
end;

CREATE TRIGGER undo_point_created after insert on undo_points
when true
begin
insert into events (account_id, permission, noun, object_id, server_id, change, at)
select account_id, 'servers:read', 'server', id, id, 'updated', cast(unixepoch('subsec') * 1000 as integer)
from servers where id = new.server_id and deleted_at is null;
end;

CREATE TRIGGER undo_point_removed after delete on undo_points
when true
begin
insert into events (account_id, permission, noun, object_id, server_id, change, at)
select account_id, 'servers:read', 'server', id, id, 'updated', cast(unixepoch('subsec') * 1000 as integer)
from servers where id = old.server_id and deleted_at is null;
end;
