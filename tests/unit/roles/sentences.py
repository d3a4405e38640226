"""Each mistake that a role's preflight knows, as settings, and the sentence that it is answered with."""

from __future__ import annotations

from typing import Any

SENTENCES: list[tuple[str, dict[str, Any], str]] = [
    (
        "autoscaler",
        {"autoscaler_max_replicas": 2, "autoscaler_min_replicas": 4},
        "autoscaler_max_replicas is 2 but autoscaler_min_replicas is 4; raise the maximum or lower the minimum",
    ),
    (
        "autoscaler",
        {"autoscaler_min_replicas": 0},
        "autoscaler_min_replicas is 0 but scaling on CPU needs at least 1 instance to measure; raise the minimum",
    ),
    (
        "autoscaler",
        {"autoscaler_max_replicas": 1500, "instance_group_zone": "us-central1-a"},
        "autoscaler_max_replicas is 1500 but such a group holds at most 1000 instances; lower the maximum",
    ),
    (
        "autoscaler",
        {"autoscaler_cpu_target": 50},
        "autoscaler_cpu_target is 50 but CPU utilisation is a share above 0 and up to 1; write 50 % as 0.5",
    ),
    (
        "autoscaler",
        {"autoscaler_load_balancing_target": 80},
        "autoscaler_load_balancing_target is 80 but load-balancing utilisation is a share above 0 and up to"
        " 1; write 80 % as 0.8, or leave it empty to scale on CPU alone",
    ),
    (
        "autoscaler",
        {"autoscaler_cool_down_period_sec": 4000},
        "autoscaler_cool_down_period_sec is 4000 but an instance is given between 0 and 3600 seconds to "
        "start; choose a value in that range",
    ),
    (
        "project",
        {"flaskscale_project": ""},
        "flaskscale_project is empty; export GCP_PROJECT or set flaskscale_project to the project's id",
    ),
    (
        "project",
        {"flaskscale_project": "My Project"},
        "flaskscale_project is 'My Project' but a project's id is 6 to 30 lower-case letters, digits and "
        "hyphens, beginning with a letter; set flaskscale_project to the id, not the display name or the "
        "number",
    ),
    (
        "project",
        {"flaskscale_name": "Flask_Scale", "project_service_account_name": "instances"},
        "flaskscale_name is 'Flask_Scale' but Google's names are lower-case letters, digits and hyphens, "
        "beginning with a letter and not ending with a hyphen; choose another name",
    ),
    (
        "project",
        {"flaskscale_name": "a" * 43, "project_service_account_name": "instances"},
        "flaskscale_name has 43 characters but at most 42 leave room for the names made from it (63 with "
        "'-http-forwarding-rule'); choose a shorter name",
    ),
    (
        "project",
        {"flaskscale_name": "a-name-of-22-character"},
        "project_service_account_name is 'a-name-of-22-character-instance' but a service account's id is 6 "
        "to 30 lower-case letters, digits and hyphens, beginning with a letter; set "
        "project_service_account_name or choose a shorter flaskscale_name",
    ),
    (
        "project",
        {"flaskscale_region": "us-central1-a"},
        "flaskscale_region is 'us-central1-a' but a region looks like us-central1; set flaskscale_region to"
        " a region, not a zone",
    ),
    (
        "project",
        {"project_services": ["compute"]},
        "project_services has compute but a service is named like compute.googleapis.com; write the full name",
    ),
    (
        "project",
        {"project_service_account_roles": ["compute.viewer"]},
        "project_service_account_roles has compute.viewer but a role is named like roles/compute.viewer; "
        "write the full name",
    ),
    (
        "project",
        {"flaskscale_auth_kind": "password"},
        "flaskscale_auth_kind is 'password' but google.cloud knows application, serviceaccount, accesstoken"
        " and machineaccount; set GCP_AUTH_KIND to one of them",
    ),
    (
        "network",
        {"network_subnetwork_range": "10.10.0.0/33"},
        "network_subnetwork_range is '10.10.0.0/33' but a subnetwork's range looks like 10.10.0.0/20, with "
        "a length from /8 to /29; correct the range",
    ),
    (
        "network",
        {"network_health_check_ranges": []},
        "network_health_check_ranges is empty but the load balancer reaches the instances from "
        "35.191.0.0/16 and 130.211.0.0/22; list at least these",
    ),
    (
        "network",
        {"network_health_check_ranges": ["300.1.1.0/24"]},
        "network_health_check_ranges has 300.1.1.0/24 but a range looks like 35.191.0.0/16; correct it",
    ),
    (
        "network",
        {"network_tag": "Web"},
        "network_tag is 'Web' but a tag is at most 63 lower-case letters, digits and hyphens, beginning "
        "with a letter and not ending with a hyphen; choose another tag",
    ),
    (
        "network",
        {"network_serving_port": 0},
        "network_serving_port is 0 but the application listens without root's rights, so on a port between "
        "1024 and 65535; set instance_template_port to one in that range",
    ),
    (
        "registry",
        {"registry_repository": "Images"},
        "registry_repository is 'Images' but a repository's name is at most 63 lower-case letters, digits "
        "and hyphens, beginning with a letter and not ending with a hyphen; choose another name",
    ),
    (
        "registry",
        {"registry_location": "us_central1"},
        "registry_location is 'us_central1' but a registry lives in a region like us-central1 or in one of "
        "us, europe and asia; set registry_location to one of them",
    ),
    (
        "builder",
        {"builder_machine_type": "medium"},
        "builder_machine_type is 'medium' but a machine type looks like e2-medium; correct it",
    ),
    (
        "builder",
        {"builder_disk_size_gb": 5},
        "builder_disk_size_gb is 5 but the builder's disk holds between 10 and 65536 GB; choose a size in that range",
    ),
    (
        "builder",
        {"builder_zone": "us-central1"},
        "builder_zone is 'us-central1' but a zone looks like us-central1-a; correct it, or leave it empty for the first"
        " zone of the region",
    ),
    (
        "builder",
        {"builder_zone": "europe-west1-b"},
        "builder_zone is europe-west1-b but the builder uses the subnetwork of us-central1; choose a zone of that"
        " region",
    ),
    (
        "builder",
        {"builder_tag": "Builder"},
        "builder_tag is 'Builder' but a tag is at most 63 lower-case letters, digits and hyphens, beginning with a"
        " letter and not ending with a hyphen; choose another tag",
    ),
    (
        "builder",
        {"builder_user": "root"},
        "builder_user is 'root' but the account that the machine makes is at most 32 lower-case letters, digits,"
        " underscores and hyphens, and not root; choose another name",
    ),
    (
        "builder",
        {"builder_method": "builder", "builder_ssh_source_ranges": []},
        "builder_ssh_source_ranges is empty but the builder is reached over SSH; export BUILDER_SSH_SOURCE_RANGES with"
        " your own address, for instance 203.0.113.7/32, or set app_image_method to engine or prebuilt",
    ),
    (
        "builder",
        {"builder_ssh_source_ranges": ["203.0.113.7", "203.0.113.8/32"]},
        "builder_ssh_source_ranges has 203.0.113.7 but a range looks like 203.0.113.7/32; correct it",
    ),
    (
        "builder",
        {"builder_ssh_timeout_sec": 5},
        "builder_ssh_timeout_sec is 5 but the builder is waited for between 10 and 3600 seconds; choose a value in that"
        " range",
    ),
    (
        "builder",
        {"builder_service_account_name": "b"},
        "builder_service_account_name is 'b' but a service account's id is 6 to 30 lower-case letters, digits and"
        " hyphens, beginning with a letter; set builder_service_account_name or choose a shorter flaskscale_name",
    ),
    (
        "builder",
        {"builder_method": "builder", "_builder_path": ["/nowhere"]},
        "app_image_method is builder but there is no ssh on PATH; install an OpenSSH client (on Debian: openssh-client)"
        " or set app_image_method to engine or prebuilt",
    ),
    (
        "docker",
        {"docker_packages": ["docker.io", "Docker CE"]},
        "docker_packages has Docker CE but a package is named like docker.io; correct it",
    ),
    (
        "docker",
        {"docker_minimum_version": "newest"},
        "docker_minimum_version is 'newest' but a version looks like 20.10; correct it",
    ),
    (
        "docker",
        {"docker_minimum_version": "19.3"},
        "docker_minimum_version is 19.3 but building with secrets needs 20.10; raise it",
    ),
    (
        "docker",
        {"docker_lock_timeout_sec": 4000},
        "docker_lock_timeout_sec is 4000 but another installation is waited for between 0 and 3600 seconds; choose a"
        " value in that range",
    ),
    (
        "app_image",
        {"app_image_method": "prebuilt"},
        "app_image_method is prebuilt but app_image_reference is empty; export APP_IMAGE_REFERENCE with an "
        "image of the registry, pinned by digest",
    ),
    (
        "app_image",
        {"app_image_method": "prebuilt", "app_image_reference": "us-docker.pkg.dev/p/r/app:latest"},
        "app_image_reference is 'us-docker.pkg.dev/p/r/app:latest' but an image must be pinned by its "
        "digest, so that every instance runs the same one; end it with @sha256: and 64 hexadecimal digits",
    ),
    (
        "app_image",
        {"app_image_source": "/nowhere"},
        "app_image_source is /nowhere but there is no such folder; set app_image_source to the folder of "
        "the Flask application or to a git URL",
    ),
    (
        "app_image",
        {"app_image_state_directory": ""},
        "app_image_method is bundle but app_image_state_directory is empty; set it to the local cloud's "
        "state folder, or choose app_image_method prebuilt",
    ),
    (
        "app_image",
        {"app_image_name": "Flask App"},
        "app_image_name is 'Flask App' but an image's name is lower-case letters and digits, with single "
        "dots, underscores or hyphens between them; choose another name",
    ),
    (
        "app_image",
        {"app_image_revision": "main"},
        "app_image_revision is main but app_image_source is a folder, which has no revisions; leave it empty, or set "
        "app_image_source to a git URL",
    ),
    (
        "app_image",
        {"app_image_directory": "../web"},
        "app_image_directory is ../web but a folder of app_image_source is named by its path in it; write it as in "
        "services/web, or leave it empty",
    ),
    (
        "app_image",
        {"app_image_directory": "/srv/web"},
        "app_image_directory is /srv/web but a folder of app_image_source is named by its path in it; write it as in "
        "services/web, or leave it empty",
    ),
    (
        "app_image",
        {"app_image_base": ""},
        "app_image_base is empty but an image begins from one; set it to python:3.13-slim or another",
    ),
    (
        "app_image",
        {"app_image_base_archive": "/nowhere.tar"},
        "app_image_base_archive is /nowhere.tar but there is no such file; make it with docker save, or leave it empty "
        "to have the base pulled",
    ),
    (
        "app_image",
        {"app_image_certificate_authority": "/nowhere.pem"},
        "app_image_certificate_authority is /nowhere.pem but there is no such file; set it to a PEM file, or leave it "
        "empty",
    ),
    (
        "app_image",
        {"app_image_smoke_seconds": 0},
        "app_image_smoke_seconds is 0 but an image is tried for between 1 and 600 seconds; choose a value in that "
        "range",
    ),
    (
        "app_image",
        {"app_image_smoke_port": 65536},
        "app_image_smoke_port is 65536 but a port lies between 1 and 65535; choose a free one of the build host",
    ),
    (
        "app_image",
        {"app_image_start_command": "flask init-db", "app_image_method": "bundle"},
        "app_image_start_command is set but app_image_method is bundle, which starts nothing but the application; "
        "leave it empty, or choose app_image_method builder or engine",
    ),
    (
        "instance_template",
        {"instance_template_machine_type": "medium"},
        "instance_template_machine_type is 'medium' but a machine type looks like e2-medium; correct it",
    ),
    (
        "instance_template",
        {"instance_template_port": 80},
        "instance_template_port is 80 but the application listens without root's rights, so on a port between "
        "1024 and 65535; choose one in that range (load_balancer_port is the one that visitors use)",
    ),
    (
        "instance_template",
        {"instance_template_disk_size_gb": 5},
        "instance_template_disk_size_gb is 5 but the boot disk holds between 10 and 65536 GB; choose a size"
        " in that range",
    ),
    (
        "instance_template",
        {"instance_template_keep": 0},
        "instance_template_keep is 0 but going back to the release before needs at least 1 older template; raise it",
    ),
    (
        "instance_template",
        {"instance_template_health_path": "health"},
        "instance_template_health_path is 'health' but a path begins with a slash; set "
        "instance_group_health_path, for instance to /health",
    ),
    (
        "instance_template",
        {"instance_template_environment": {"A-B": "1"}},
        "instance_template_environment sets A-B but a variable's name is letters, digits and underscores; rename it",
    ),
    (
        "instance_template",
        {"instance_template_environment": {"KEY": "one\ntwo"}},
        "instance_template_environment has a value of more than one line but an env-file holds one line a "
        "variable; encode the value, for instance as base64",
    ),
    (
        "instance_template",
        {"instance_template_environment": {"PORT": "1"}},
        "instance_template_environment sets PORT but the application's port is instance_template_port; remove PORT",
    ),
    (
        "instance_group",
        {"instance_group_zone": "us-central1-a", "instance_group_zones": ["us-central1-b"]},
        "instance_group_zone is us-central1-a and instance_group_zones is us-central1-b but a group is "
        "either in one zone or in the region's; clear one of them",
    ),
    (
        "instance_group",
        {"instance_group_zone": "us-central1"},
        "instance_group_zone or instance_group_zones has us-central1 but a zone looks like us-central1-a; correct it",
    ),
    (
        "instance_group",
        {"instance_group_zone": "europe-west1-b"},
        "instance_group_zone or instance_group_zones has europe-west1-b but flaskscale_region is "
        "us-central1; choose zones of that region or change the region",
    ),
    (
        "instance_group",
        {"instance_group_zones": ["us-central1-a", "us-central1-a"]},
        "instance_group_zones is us-central1-a, us-central1-a but names a zone twice; list each zone once",
    ),
    (
        "instance_group",
        {"instance_group_health_path": "health"},
        "instance_group_health_path is 'health' but a path begins with a slash; set it, for instance, to /health",
    ),
    (
        "instance_group",
        {"instance_group_health_check_interval_sec": 301},
        "instance_group_health_check_interval_sec is 301 but Google checks every 1 to 300 seconds; choose a"
        " value in that range",
    ),
    (
        "instance_group",
        {"instance_group_health_check_timeout_sec": 6},
        "instance_group_health_check_timeout_sec is 6 but instance_group_health_check_interval_sec is 5; "
        "choose a timeout from 1 second up to the interval",
    ),
    (
        "instance_group",
        {"instance_group_health_check_healthy_threshold": 11},
        "instance_group_health_check_healthy_threshold is 11 but Google counts 1 to 10 checks; choose a "
        "value in that range",
    ),
    (
        "instance_group",
        {"instance_group_health_check_unhealthy_threshold": 0},
        "instance_group_health_check_unhealthy_threshold is 0 but Google counts 1 to 10 checks; choose a "
        "value in that range",
    ),
    (
        "instance_group",
        {"instance_group_healing_check_unhealthy_threshold": 1},
        "instance_group_healing_check_unhealthy_threshold is 1 but an instance is made anew after 2"
        " (instance_group_health_check_unhealthy_threshold) to 10 bad answers; choose a value in that range",
    ),
    (
        "instance_group",
        {"instance_group_initial_delay_sec": 3601},
        "instance_group_initial_delay_sec is 3601 but a new instance is given between 0 and 3600 seconds to"
        " start; choose a value in that range",
    ),
    (
        "instance_group",
        {"instance_group_initial_size": -1},
        "instance_group_initial_size is -1 but a group begins with 0 instances or more; raise it",
    ),
    (
        "instance_group",
        {"flaskscale_name": "a" * 59},
        "flaskscale_name has 59 characters but the base name of instances has at most 58; choose a shorter name",
    ),
    (
        "instance_group",
        {"instance_group_max_surge": -1},
        "instance_group_max_surge is -1 and instance_group_max_unavailable is 0 but neither can be "
        "negative; raise the negative one",
    ),
    (
        "instance_group",
        {"instance_group_max_surge": 0},
        "instance_group_max_surge and instance_group_max_unavailable are both 0 but then no instance could "
        "ever be replaced; raise one of them",
    ),
    (
        "instance_group",
        {"instance_group_max_surge": 1},
        "instance_group_max_surge is 1 but the group has 3 zones, and Google takes 0 or at least one extra "
        "instance for each; raise it to 3 or set it to 0",
    ),
    (
        "instance_group",
        {"instance_group_max_unavailable": 1},
        "instance_group_max_unavailable is 1 but the group has 3 zones, and Google takes 0 or at least one "
        "instance of each; raise it to 3 or set it to 0",
    ),
    (
        "instance_group",
        {"instance_group_rollout_timeout_sec": 0},
        "instance_group_rollout_timeout_sec is 0 but a rollout is waited for between 1 and 7200 seconds; "
        "choose a value in that range",
    ),
    (
        "load_balancer",
        {"load_balancer_port": 0},
        "load_balancer_port is 0 but a port lies between 1 and 65535; choose one in that range, 80 for plain HTTP",
    ),
    (
        "load_balancer",
        {"load_balancer_timeout_sec": 0},
        "load_balancer_timeout_sec is 0 but an answer is waited for between 1 and 86400 seconds; choose a "
        "value in that range",
    ),
    (
        "load_balancer",
        {"load_balancer_draining_timeout_sec": 3601},
        "load_balancer_draining_timeout_sec is 3601 but Google drains for 0 to 3600 seconds; choose a value"
        " in that range",
    ),
    (
        "load_balancer",
        {"load_balancer_max_rate_per_instance": -1},
        "load_balancer_max_rate_per_instance is -1 but it is requests per second; raise it, or set it to 0 "
        "to balance by CPU",
    ),
    (
        "load_balancer",
        {"load_balancer_ready_timeout_sec": 0},
        "load_balancer_ready_timeout_sec is 0 but the load balancer is waited for between 1 and 7200 "
        "seconds; choose a value in that range",
    ),
    (
        "load_balancer",
        {"load_balancer_url": "127.0.0.1"},
        "load_balancer_url is '127.0.0.1' but a URL begins with http:// or https://; correct it, or leave "
        "it empty to use the reserved address",
    ),
    (
        "dns",
        {"dns_domain": "example.com."},
        "dns_domain is 'example.com.' but a domain looks like www.example.com, in lower case and without a "
        "dot at its end; correct it, or leave it empty to go without a domain",
    ),
    (
        "dns",
        {"dns_domain": "www.example.com", "dns_zone_domain": "Example"},
        "dns_zone_domain is 'Example' but a zone's domain looks like example.com, in lower case and without"
        " a dot at its end; correct it",
    ),
    (
        "dns",
        {"dns_domain": "www.example.com", "dns_zone_domain": "example.org"},
        "dns_domain is www.example.com but dns_zone_domain is example.org; choose a domain inside the zone",
    ),
    (
        "dns",
        {"dns_domain": "www.example.com", "dns_zone": "-zone"},
        "dns_zone is '-zone' but a zone's name is at most 63 lower-case letters, digits and hyphens, "
        "beginning with a letter and not ending with a hyphen; choose another name",
    ),
    (
        "dns",
        {"dns_domain": "www.example.com", "dns_ttl": 0},
        "dns_ttl is 0 but a record is remembered between 1 and 604800 seconds; choose a value in that range",
    ),
]
