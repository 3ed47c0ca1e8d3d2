-- What of a playbook's step the machine can do by itself.
ALTER TABLE incident_tasks ADD COLUMN run TEXT;
