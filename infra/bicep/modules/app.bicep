// One service as a container app: its container with probes, its identity, its scale rules, and who can reach it.

param name string
param location string
param tags object
param environmentId string
param identityId string
param clientId string
param registryServer string
param image string

@description('Environment variables beside those that every service has.')
param settings array

@description('What `settings` may name of the vault.')
param vaultReferences array = []

param cpu string
param memory string

@description('Folders on the disk of the replica, empty at each start: objects of name and path.')
param mounts array = []

@description('Who can send requests: nobody, what runs in the environment, everybody.')
@allowed([
  'nobody'
  'environment'
  'everybody'
])
param reachedBy string

param replicasMin int
param replicasMax int
param scaleRules array

var port = 8080
var ownSettings = [
  {
    name: 'AZURE_CLIENT_ID'
    value: clientId
  }
  {
    // Application Insights takes nothing from who has only its connection string.
    name: 'APPLICATIONINSIGHTS_AUTHENTICATION_STRING'
    value: 'Authorization=AAD'
  }
  {
    name: 'HOST'
    value: '0.0.0.0'
  }
  {
    name: 'PORT'
    value: '${port}'
  }
]
var probes = [
  {
    type: 'Startup'
    httpGet: {
      path: '/health/live'
      port: port
    }
    // Of failures Azure's reference allows ten at most.
    periodSeconds: 10
    failureThreshold: 10
  }
  {
    type: 'Liveness'
    httpGet: {
      path: '/health/live'
      port: port
    }
    periodSeconds: 10
    failureThreshold: 6
    timeoutSeconds: 5
  }
  {
    type: 'Readiness'
    httpGet: {
      path: '/health/ready'
      port: port
    }
    periodSeconds: 5
    failureThreshold: 3
    timeoutSeconds: 5
  }
]

var volumeMounts = [for mount in mounts: {
  volumeName: mount.name
  mountPath: mount.path
}]
var volumes = [for mount in mounts: {
  name: mount.name
  storageType: 'EmptyDir'
}]

resource app 'Microsoft.App/containerApps@2025-07-01' = {
  name: name
  location: location
  // By this tag azd finds where an image of the service goes.
  tags: union(tags, {
    'azd-service-name': name
  })
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    environmentId: environmentId
    workloadProfileName: 'Consumption'
    configuration: {
      activeRevisionsMode: 'Single'
      registries: [
        {
          server: registryServer
          identity: identityId
        }
      ]
      secrets: vaultReferences
      ingress: reachedBy == 'nobody' ? null : {
        external: reachedBy == 'everybody'
        targetPort: port
        transport: 'auto'
        allowInsecure: false
      }
    }
    template: {
      // A replica that is to go gives back what it holds: an orchestrator its partitions within 5 s, a worker its
      // commands within 25 s. This is the bound, not the wait.
      terminationGracePeriodSeconds: 60
      containers: [
        {
          name: name
          image: image
          env: concat(ownSettings, settings)
          probes: probes
          resources: {
            cpu: json(cpu)
            memory: memory
          }
          volumeMounts: volumeMounts
        }
      ]
      volumes: volumes
      scale: {
        minReplicas: replicasMin
        maxReplicas: replicasMax
        pollingInterval: 15
        cooldownPeriod: 300
        rules: scaleRules
      }
    }
  }
}

output url string = reachedBy == 'nobody' ? '' : 'https://${app.properties.configuration.ingress.fqdn}'
