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
