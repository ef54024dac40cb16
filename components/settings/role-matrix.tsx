import { Check } from "lucide-react";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "#components/ui/table.tsx";
import { type Permission, permissions, roleDescriptions, roleMay, roles } from "#lib/auth/permissions.ts";

/** What each role is for, and the whole table of who may do what. */
export function RoleMatrix() {
  return (
    <div className="flex flex-col gap-6">
      <Table aria-label="Roles">
        <TableHeader>
          <TableRow>
            <TableHead>Role</TableHead>
            <TableHead>What it is for</TableHead>
          </TableRow>
        </TableHeader>
        <TableBody>
          {roles.map((role) => (
            <TableRow key={role}>
              <TableCell className="font-medium capitalize">{role}</TableCell>
              <TableCell label="What it is for" stack>
                {roleDescriptions[role]}
              </TableCell>
            </TableRow>
          ))}
        </TableBody>
      </Table>
      <details className="group">
        <summary className="w-fit rounded-sm text-sm font-medium text-accent hover:underline">Every permission</summary>
        <div className="pt-4">
          <EveryPermission />
        </div>
      </details>
    </div>
  );
}

function EveryPermission() {
  return (
    <Table aria-label="Permissions">
      <TableHeader>
        <TableRow>
          <TableHead>May</TableHead>
          {roles.map((role) => (
            <TableHead key={role} className="text-center capitalize">
              {role}
            </TableHead>
          ))}
        </TableRow>
      </TableHeader>
      <TableBody>
        {(Object.keys(permissions) as Permission[]).map((permission) => (
          <TableRow key={permission}>
            <TableCell>{permissions[permission].description}</TableCell>
            {roles.map((role) => (
              <TableCell key={role} label={role} className="text-center capitalize">
                {roleMay(role, permission) ? (
                  <>
                    <Check aria-hidden className="mx-auto size-4 text-green max-sm:mx-0" />
                    <span className="sr-only">yes</span>
                  </>
                ) : (
                  <span className="text-muted">
                    <span aria-hidden>–</span>
                    <span className="sr-only">no</span>
                  </span>
                )}
              </TableCell>
            ))}
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}
