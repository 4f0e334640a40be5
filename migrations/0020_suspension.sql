-- Why a contractor's account was suspended, for the administrators; gone when the suspension is taken back.
alter table contractors add column suspension_reason text;
